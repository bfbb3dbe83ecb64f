"""How fast it is on this machine: `make bench` measures, prints a table and writes bench.json."""
