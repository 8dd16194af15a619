"""Journeys: whole stories on the real exchange, with the sandbox as the other side."""
