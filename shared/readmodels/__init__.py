"""What screens and doors read: rows that were derived from facts, looked up by name and never decided upon."""
