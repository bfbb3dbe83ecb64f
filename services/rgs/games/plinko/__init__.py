"""Plinko: a ball falls left or right at every row, and the slot that it ends in says what is paid."""
