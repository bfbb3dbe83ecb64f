"""Who may spin a wheel, and what came up."""
