"""Who waits for whom, when a lobby begins, and the bots that take its free seats."""
