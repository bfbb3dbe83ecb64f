"""Whose ticket wins."""
