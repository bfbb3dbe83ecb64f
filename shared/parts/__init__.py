"""Starts the real parts that the town stands on, where nobody else runs them."""
