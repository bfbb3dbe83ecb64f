"""The seeds of a table: the hash is told first, the seed when it is used no more."""
