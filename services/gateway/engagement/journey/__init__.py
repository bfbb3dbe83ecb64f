"""Journeys to go."""
