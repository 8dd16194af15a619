"""`fengqiao parked|resend|clock|explain|alarms`: what an operator does to a running home."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.table import Table

from exchange.local.home import Home, open_home
from fengqiao.cli.console import HOME, HomeOption, data, say
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.failures import CONFLICT, told_plainly
from fengqiao.cli.legal_time import advance, database_dsns, parse_span
from fengqiao.cli.operator import Operator

CodeArgument = Annotated[str, typer.Argument(help="案码 / dispute code")]
ServiceOption = Annotated[
    str | None, typer.Option("--service", help=f"只看一个服务：{', '.join(SERVICES)}")
]

parked = typer.Typer(no_args_is_help=True, help="挂起的纠纷 / parked disputes")
alarms = typer.Typer(help="告警 / alarms")
clock = typer.Typer(no_args_is_help=True, help="法定时间（仅沙箱）/ legal time, sandbox only")


@parked.command("list")
def list_parked(home: HomeOption = HOME, service: ServiceOption = None) -> None:
    """列出挂起的纠纷及原因 / what waits and why."""
    with told_plainly(say):
        rows = asyncio.run(_gather(home_of(home), service, "/ops/parked", "parked"))
    table = Table("服务", "案码", "种类", "原因", "来源", "挂起于", box=None)
    for name, row in rows:
        table.add_row(
            name, row["dispute_code"], row["kind"], row["error"], row["source"], row["parked_at"]
        )
    data.print(table if rows else "没有挂起的纠纷 / nothing is parked")


@parked.command("show")
def show_parked(
    code: CodeArgument, service: Annotated[str, typer.Option("--service")], home: HomeOption = HOME
) -> None:
    """显示一件纠纷的挂起队列 / the queue of one dispute."""
    with told_plainly(say):
        shown = asyncio.run(Operator(home_of(home)).get(service, f"/ops/parked/{code}"))
    data.print_json(data=shown)


@parked.command("release")
def release_parked(
    code: CodeArgument, service: Annotated[str, typer.Option("--service")], home: HomeOption = HOME
) -> None:
    """按原顺序重新办理挂起队列 / drain the queue in order, as far as it goes."""
    with told_plainly(say):
        done = asyncio.run(Operator(home_of(home)).post(service, f"/ops/parked/{code}:release"))
    say(f"已放行 {done['released']} 条，仍挂起 {done['waiting']} 条 / released, still waiting")
    if done["waiting"]:
        say(f"原因 / because: {done['cause']}: {done['error']}")
        raise typer.Exit(CONFLICT)


def resend(code: CodeArgument, home: HomeOption = HOME) -> None:
    """重新发布一件纠纷的台账（编号与内容不变）/ publish its ledger again, the same bytes."""
    with told_plainly(say):
        done = asyncio.run(Operator(home_of(home)).post("routing", f"/ops/ledger/{code}:resend"))
    say(f"已重发 {done['resent']} 条 / resent")


def explain(code: CodeArgument, home: HomeOption = HOME) -> None:
    """逐步说明一件纠纷为何如此流转 / each step, its rule and article."""
    with told_plainly(say):
        told = asyncio.run(Operator(home_of(home)).get("routing", f"/v1/disputes/{code}/explain"))
    data.print_json(data=told)


@alarms.callback(invoke_without_command=True)
def list_alarms(
    context: typer.Context, home: HomeOption = HOME, service: ServiceOption = None
) -> None:
    """列出未消除的告警 / alarms that stand."""
    if context.invoked_subcommand is not None:
        return
    with told_plainly(say):
        rows = asyncio.run(_gather(home_of(home), service, "/ops/alarms", "alarms"))
    table = Table("服务", "告警", "对象", "详情", "自", box=None)
    for name, row in rows:
        table.add_row(name, row["kind"], row["subject"], row["detail"], row["raised_at"])
    data.print(table if rows else "没有告警 / no alarms")


@alarms.command("clear")
def clear_alarm(
    kind: Annotated[str, typer.Argument(help="告警种类")],
    subject: Annotated[str, typer.Argument(help="对象：案码、分区或者投递编号")],
    service: Annotated[str, typer.Option("--service")],
    home: HomeOption = HOME,
) -> None:
    """处理完毕，消除一条告警 / somebody has seen to it."""
    path = f"/ops/alarms/{kind}:clear?{urlencode({'subject': subject})}"
    with told_plainly(say):
        asyncio.run(Operator(home_of(home)).post(service, path))
    say(f"已消除 / cleared: {kind} {subject}")


@clock.command("advance")
def advance_clock(
    by: Annotated[str, typer.Argument(help="如 7d、12h")], home: HomeOption = HOME
) -> None:
    """把法定时间向前拨（仅沙箱）/ move legal time on, in a sandbox home only."""
    with told_plainly(say):
        at = home_of(home)
        if not at.is_sandbox:
            say("✗ 这不是沙箱：法定时间不能拨动 / not a sandbox home: legal time is not moved")
            raise typer.Exit(CONFLICT)
        operator = Operator(at)
        offset = asyncio.run(advance(database_dsns(operator.home), parse_span(by)))
    say(f"法定时间已前移，与机器时间相差 {offset} / legal time moved on")


def home_of(directory: Any) -> Home:
    return open_home(directory.resolve())


async def _gather(
    home: Home, service: str | None, path: str, key: str
) -> list[tuple[str, dict[str, Any]]]:
    operator = Operator(home)
    names = [service] if service else list(SERVICES)
    pages = await asyncio.gather(*(operator.get(name, path) for name in names))
    return [(name, row) for name, page in zip(names, pages, strict=True) for row in page[key]]
