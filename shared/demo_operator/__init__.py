"""A small operator to play against: its own wallet and book, and faults that can be switched on."""
