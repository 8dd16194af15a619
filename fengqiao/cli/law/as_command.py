"""`law` beside the other commands, so that their help names it; it reads its words by itself."""

import typer

from fengqiao.cli.law import program


def law(context: typer.Context) -> None:
    """法律：期限、条件、日历、号码 / the law as data; `fengqiao law --help`."""
    program.run(context.args, prog="fengqiao law")
