"""Who owns how much."""
