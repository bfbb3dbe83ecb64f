"""Who may come into an engagement."""
