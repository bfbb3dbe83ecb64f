"""What a hand of baccarat pays."""
