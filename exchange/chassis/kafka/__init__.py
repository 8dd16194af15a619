"""The real broker: Apache Kafka through aiokafka."""
