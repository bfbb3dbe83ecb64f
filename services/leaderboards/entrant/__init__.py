"""What one player does in one event: attempts, how far they come, and what they give."""
