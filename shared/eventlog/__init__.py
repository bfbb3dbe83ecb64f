"""The log: facts that are never changed, and everything that stands or falls with them in one commit."""
