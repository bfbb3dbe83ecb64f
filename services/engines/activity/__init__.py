"""Who takes part in what, what it comes to, and what it brings."""
