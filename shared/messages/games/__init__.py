"""What is said at the tables: each game's own bets, moves and states, one game a file. `../play.py` has them all."""
