"""How much is played and won, minute by minute, for operators to watch: never money, and always to be made anew."""
