"""What a player has reached on a board across events."""
