"""One suite of behaviours, held against the memory world and against the real engines."""
