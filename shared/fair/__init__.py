"""Chance that anybody can check afterwards: seeds, the draws made from them, and a checker that shares no code."""
