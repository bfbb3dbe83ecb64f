"""How the game ended."""
