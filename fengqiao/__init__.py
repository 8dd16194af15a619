"""What users import and run: the command line, and the client for agencies."""

__version__ = "0.1.0"
