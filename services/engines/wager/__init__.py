"""What operators' players have wagered elsewhere, counted once for everything that it moves here."""
