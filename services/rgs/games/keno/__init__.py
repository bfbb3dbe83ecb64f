"""Keno: ten of forty tiles are drawn, and how many of the picked ones are among them says what is paid."""
