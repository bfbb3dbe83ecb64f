"""Races for points, and what their places win."""
