"""Real Kafka and Postgres on one machine, and the supervisor behind `fengqiao up`."""
