"""Who exists, and who may play."""
