"""What a game comes to if it is played very often: the games' own rules, and what counting should find."""
