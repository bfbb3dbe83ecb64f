"""Who exists, who owns how much, and what operators configured."""
