"""What right guesses about the next card pay, and what of the deck may be seen."""
