"""Recomputes rounds of the ten games from their seeds, with code that shares nothing with the code that played them.

It needs Python alone: `python -m shared.fair.round_checker ROUND.json`.
"""
