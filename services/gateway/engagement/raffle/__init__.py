"""Raffles at the engagement door: look at them, enter them, draw them."""
