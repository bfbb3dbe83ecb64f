"""What a hand of blackjack comes to, and what of the dealer's may be seen."""
