"""The remote gaming server: who sits at a table, what is dealt there, and what it pays."""
