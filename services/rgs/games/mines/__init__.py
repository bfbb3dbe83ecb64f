"""What a field of mines pays, and what of it may be seen."""
