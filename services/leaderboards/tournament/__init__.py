"""Who scored most, and who wins what."""
