"""Planted defects: each must be caught, for its own reason, or the checker is too weak."""
