"""How messages travel: one port, a real bus and a small twin in memory."""
