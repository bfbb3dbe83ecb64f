"""The town: one package a service, each owning its own facts."""
