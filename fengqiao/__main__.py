"""`python -m fengqiao` is the command line."""

from fengqiao.cli.main import app

app()
