"""The ports in memory: one database per service and one broker, for tests and simulation.

What they promise is what Postgres and Kafka promise, no more: the parity suite holds them to it.
"""
