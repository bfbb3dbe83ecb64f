"""The ten games: what can come up, what it pays, and what a player may see of it. No game knows another."""
