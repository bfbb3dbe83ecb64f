"""Operators' own wallets behind a port: called with a signature, answered within a time, and never believed blindly."""
