"""What operators configured, in every version."""
