"""Limbo: a multiplier falls from the sky, and the bet that it reaches a target."""
