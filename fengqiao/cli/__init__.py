"""The command line: it composes everything and holds no rule of its own."""
