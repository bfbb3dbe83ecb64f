"""The games' door, `/operator`, `/game`, `/seed` and `/session`: operators let players in, and their clients play."""
