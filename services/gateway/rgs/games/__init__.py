"""How each game speaks to its client, one game a file; `manner.py` is what they share."""
