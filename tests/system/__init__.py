"""Real processes on real Kafka, Postgres and Redis."""
