"""The one loop that every service runs: fetch, load, decide, commit, tell."""
