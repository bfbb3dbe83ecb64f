"""How far players have come."""
