"""`fengqiao`: one program, sub-commands. Data on stdout, messages on stderr.

Exit codes: 0 ok, 1 failed, 2 usage, 3 invalid, 4 missing, 5 conflict, 6 unreachable.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from exchange.chassis.logs import open_logs
from exchange.chassis.process import run_service
from exchange.chassis.settings import BadSettings, Settings
from exchange.local.home import Home, open_home
from exchange.local.supervisor import run_until_stopped
from fengqiao.cli import engines, evidence, operations
from fengqiao.cli.console import HOME, HomeOption, OneServiceArgument, say
from fengqiao.cli.contracts import contracts_app
from fengqiao.cli.declared import SERVICES, load
from fengqiao.cli.demo import demo
from fengqiao.cli.exchange_home import RunningExchange, running_exchange
from fengqiao.cli.failures import INVALID, told_plainly
from fengqiao.cli.law import program as law_program
from fengqiao.cli.recover import recover_ledger
from fengqiao.cli.town_home import SANDBOX, running_town
from fengqiao.cli.usage import Program


def law(context: typer.Context) -> None:
    """法律：期限、条件、日历、号码 / the law as data; `fengqiao law --help`."""
    law_program.run(context.args, prog="fengqiao law")


def run(service: OneServiceArgument) -> None:
    """运行一个服务（设置取自 FENGQIAO_* 环境变量）/ run one service."""
    open_logs(service)
    with told_plainly(say):
        declared = load(service)
    try:
        settings = Settings.from_environment()
    except BadSettings as error:
        for reason in error.reasons:
            say(f"设置有误 / bad setting: {reason}")
        raise typer.Exit(INVALID) from error
    with told_plainly(say):
        asyncio.run(run_service(declared, settings))


def up(
    home: HomeOption = HOME,
    bare: Annotated[
        bool, typer.Option("--bare", help="不启动模拟机构 / without the sandbox")
    ] = False,
) -> None:
    """在本机启动整套对接总线与模拟机构，Ctrl-C 停止 / everything here until Ctrl-C."""
    at = open_home(home.resolve(), sandbox=True)
    with told_plainly(say):
        run_until_stopped(_up_bare(at) if bare else _up(at))
    say("已全部停止 / all stopped")


async def _up(home: Home) -> None:
    """The exchange of 衢江区 with every agency played by the sandbox, its directory filled."""
    async with running_town(home, say) as running:
        await _serve(running.exchange, SANDBOX)


async def _up_bare(home: Home) -> None:
    async with running_exchange(home, say) as exchange:
        await _serve(exchange)


async def _serve(exchange: RunningExchange, *beside: str) -> None:
    for name in (*SERVICES, *beside):
        sys.stdout.write(f"{name:12} {exchange.at.url(name)}\n")
    sys.stdout.write(f"{'kafka':12} {exchange.stack.kafka_bootstrap}\n")
    sys.stdout.flush()
    took_s = (datetime.now(UTC) - exchange.started_at).total_seconds()
    say(f"全部就绪，用时 {took_s:.1f} 秒，按 Ctrl-C 停止 / ready, Ctrl-C stops")
    await exchange.supervisor.failed()


PANELS: Mapping[str, Mapping[str, typer.Typer | Callable[..., None]]] = {
    "开始 / start here": {"demo": demo, "up": up, "doctor": engines.doctor},
    "接入 / connect an agency": {"call": evidence.call, "verify": evidence.verify},
    "值守 / operate": {
        "alarms": operations.alarms,
        "parked": operations.parked,
        "handoffs": operations.handoffs,
        "explain": operations.explain,
        "resend": operations.resend,
        "clock": operations.clock,
    },
    "部署 / deploy": {
        "topics": engines.topics,
        "migrate": engines.migrate,
        "seed": operations.seed,
        "run": run,
        "recover": recover_ledger,
    },
    "开发 / develop": {"contracts": contracts_app},
    "法律 / the law": {"law": law},
}
"""Every command under its heading, as one meets them."""

ANSWERED_BY_ITSELF: Mapping[str, Mapping[str, Any]] = {
    "law": {
        "add_help_option": False,
        "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
    }
}
"""Commands that read their words by a program of their own."""


def _program() -> typer.Typer:
    Program.order = [name for commands in PANELS.values() for name in commands]
    program = typer.Typer(
        cls=Program, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False
    )
    for panel, commands in PANELS.items():
        for name, command in commands.items():
            if isinstance(command, typer.Typer):
                program.add_typer(command, name=name, rich_help_panel=panel)
            else:
                own = ANSWERED_BY_ITSELF.get(name, {})
                program.command(name, rich_help_panel=panel, **own)(command)
    return program


app = _program()
