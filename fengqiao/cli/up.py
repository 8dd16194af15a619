"""`fengqiao up`: the whole exchange on this machine, with or without its sandbox."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from exchange.local.home import Home, open_home
from exchange.local.supervisor import run_until_stopped
from fengqiao.cli.console import HOME, HomeOption, say
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.exchange_home import RunningExchange, running_exchange
from fengqiao.cli.failures import told_plainly
from fengqiao.cli.town_home import SANDBOX, running_town


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
