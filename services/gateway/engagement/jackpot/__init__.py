"""Pools that wagers feed, and that one player wins."""
