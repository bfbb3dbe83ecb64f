"""Dice: a roll of 0 to 9999, and the bet that it is over or under a number."""
