"""Stories played on a running exchange: what the agencies of a town do, day by day."""
