"""Seeded simulation: all services in one process, on the memory world, under faults."""
