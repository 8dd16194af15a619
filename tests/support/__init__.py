"""Builders of the tests: values, homes, stacks."""
