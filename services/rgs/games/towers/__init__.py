"""What climbing a tower pays, and what of it may be seen."""
