"""Who stands where on a board right now, kept so that a place is found at once."""
