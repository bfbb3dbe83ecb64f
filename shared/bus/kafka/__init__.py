"""The bus over Apache Kafka; the only folder that knows its driver."""

from shared.bus.kafka.bus import KafkaBus

__all__ = ["KafkaBus"]
