"""What was in the box."""
