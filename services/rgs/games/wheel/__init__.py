"""Wheel: it stops at one of its slices, and the slice says what is paid."""
