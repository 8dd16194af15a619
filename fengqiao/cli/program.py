"""`fengqiao`: one program, sub-commands. Data on stdout, messages on stderr.

Exit codes: 0 ok, 1 failed, 2 usage, 3 invalid, 4 missing, 5 conflict, 6 unreachable.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import typer

from fengqiao.cli.usage import Program

PANELS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "开始 / start here": {
        "demo": ("fengqiao.cli.demo", "demo"),
        "up": ("fengqiao.cli.up", "up"),
        "doctor": ("fengqiao.cli.engines", "doctor"),
    },
    "接入 / connect an agency": {
        "call": ("fengqiao.cli.evidence", "call"),
        "verify": ("fengqiao.cli.evidence", "verify"),
    },
    "值守 / operate": {
        "alarms": ("fengqiao.cli.operations", "alarms"),
        "parked": ("fengqiao.cli.operations", "parked"),
        "handoffs": ("fengqiao.cli.operations", "handoffs"),
        "explain": ("fengqiao.cli.operations", "explain"),
        "resend": ("fengqiao.cli.operations", "resend"),
        "clock": ("fengqiao.cli.operations", "clock"),
    },
    "部署 / deploy": {
        "topics": ("fengqiao.cli.engines", "topics"),
        "migrate": ("fengqiao.cli.engines", "migrate"),
        "seed": ("fengqiao.cli.operations", "seed"),
        "run": ("fengqiao.cli.run", "run"),
        "recover": ("fengqiao.cli.recover", "recover_ledger"),
    },
    "开发 / develop": {"contracts": ("fengqiao.cli.contracts", "contracts_app")},
    "法律 / the law": {"law": ("fengqiao.cli.law.as_command", "law")},
}
"""Every command under its heading, as one meets them, with its module and its name there."""

ANSWERED_BY_ITSELF: Mapping[str, Mapping[str, Any]] = {
    "law": {
        "add_help_option": False,
        "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
    }
}
"""Commands that read their words by a program of their own."""

COMMANDS: Sequence[str] = [name for commands in PANELS.values() for name in commands]


def program(word: str | None = None) -> typer.Typer:
    """The program with that command alone, so that no other is imported; with all of them where
    the word is none of theirs."""
    Program.order = COMMANDS
    app = typer.Typer(
        cls=Program, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False
    )
    app.callback()(_exchange)
    for panel, commands in PANELS.items():
        for name, (module, function) in commands.items():
            if word not in COMMANDS or name == word:
                _add(app, name, getattr(import_module(module), function), panel)
    return app


def _exchange() -> None:
    """枫桥对接总线 / the exchange for disputes that agencies refer to each other."""


def _add(app: typer.Typer, name: str, command: Any, panel: str) -> None:
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name, rich_help_panel=panel)
    else:
        own = ANSWERED_BY_ITSELF.get(name, {})
        app.command(name, rich_help_panel=panel, **own)(command)
