"""Boxes to open."""
