"""Games to play."""
