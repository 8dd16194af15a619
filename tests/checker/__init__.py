"""Decides from what agencies saw and what the stores and topics hold whether a promise broke."""
