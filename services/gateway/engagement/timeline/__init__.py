"""What happened to a player, newest first."""
