"""The doors: every public way into the house, and no business rule."""
