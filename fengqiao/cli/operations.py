"""`fengqiao parked|alarms|resend|handoffs|explain|seed|clock`: what an operator does.

Any running exchange is named by a file (`--at`), one of this machine by its home.
"""

import asyncio
import base64
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

import typer
from rich.table import Table

from exchange.chassis.discarding import Because
from exchange.dossier.sealing import SealingKey
from exchange.local.home import Home, open_home
from fengqiao.cli.console import AT, HOME, AtOption, HomeOption, a_file, data, say
from fengqiao.cli.declared import SERVICES, known
from fengqiao.cli.failures import CONFLICT, told_plainly
from fengqiao.cli.legal_time import advance, database_dsns, parse_span
from fengqiao.cli.operator import Operator
from fengqiao.cli.operator_file import read_operator
from fengqiao.cli.resending import missing_only
from fengqiao.cli.seed import exchange_listing, list_agencies, list_new, listing
from services.directory.districts import agencies

CodeArgument = Annotated[str, typer.Argument(help="案码 / dispute code")]
ServiceOption = Annotated[
    str | None,
    typer.Option("--service", help=f"只看一个服务 / of one service only: {', '.join(SERVICES)}"),
]
OneService = Annotated[
    str, typer.Option("--service", help=f"服务 / a service: {', '.join(SERVICES)}")
]

parked = typer.Typer(no_args_is_help=True, help="挂起的纠纷 / parked disputes")
alarms = typer.Typer(help="告警 / alarms")
handoffs = typer.Typer(no_args_is_help=True, help="投递 / handoffs")
clock = typer.Typer(no_args_is_help=True, help="法定时间（仅沙箱）/ legal time, sandbox only")


@parked.command("list")
def list_parked(home: HomeOption = HOME, at: AtOption = AT, service: ServiceOption = None) -> None:
    """列出挂起的纠纷及原因 / what waits and why."""
    with told_plainly(say):
        rows = asyncio.run(_gather(operator_of(home, at), service, "/ops/parked", "parked"))
    table = Table("服务", "案码", "种类", "原因", "来源", "挂起于", box=None)
    for name, row in rows:
        table.add_row(
            name, row["dispute_code"], row["kind"], row["error"], row["source"], row["parked_at"]
        )
    data.print(table if rows else "没有挂起的纠纷 / nothing is parked")


@parked.command("show")
def show_parked(
    code: CodeArgument, service: OneService, home: HomeOption = HOME, at: AtOption = AT
) -> None:
    """显示一件纠纷的挂起队列 / the queue of one dispute."""
    with told_plainly(say):
        shown = asyncio.run(operator_of(home, at).get(known(service), f"/ops/parked/{code}"))
    data.print_json(data=shown)


@parked.command("release")
def release_parked(
    code: CodeArgument, service: OneService, home: HomeOption = HOME, at: AtOption = AT
) -> None:
    """按原顺序重新办理挂起队列 / drain the queue in order, as far as it goes."""
    with told_plainly(say):
        operator = operator_of(home, at)
        done = asyncio.run(operator.post(known(service), f"/ops/parked/{code}:release"))
    _told(done)


@parked.command("discard")
def discard_parked(
    code: CodeArgument,
    event_id: Annotated[
        str, typer.Argument(help="队首的 event_id，见 parked show / the first one's")
    ],
    because: Annotated[
        str,
        typer.Option(
            "--because",
            help=f"不能办理的原因，见 parked show / why: {', '.join(get_args(Because))}",
        ),
    ],
    service: OneService,
    home: HomeOption = HOME,
    at: AtOption = AT,
) -> None:
    """放弃队首永远不能办理的一条，其余按顺序继续 / give up the first; the rest goes on."""
    body = {"event_id": event_id, "because": because}
    with told_plainly(say):
        operator = operator_of(home, at)
        done = asyncio.run(operator.post(known(service), f"/ops/parked/{code}:discard", body))
    say(f"已放弃 {event_id}，原件存于隔离区 / given up, its bytes lie in quarantine")
    _told(done)


def _told(done: dict[str, Any]) -> None:
    say(f"已放行 {done['released']} 条，仍挂起 {done['waiting']} 条 / released, still waiting")
    if done["waiting"]:
        say(f"原因 / because: {done['cause']}: {done['error']}")
        raise typer.Exit(CONFLICT)


def resend(code: CodeArgument, home: HomeOption = HOME, at: AtOption = AT) -> None:
    """重新发布一件纠纷的台账；挂起时只补缺的 / publish its ledger again, or what is missing."""
    with told_plainly(say):
        operator = operator_of(home, at)
        which = asyncio.run(missing_only(operator, code))
        done = asyncio.run(operator.post("routing", f"/ops/ledger/{code}:resend", which))
    say(f"已重发 {done['resent']} 条 / resent")


@handoffs.command("resend")
def resend_handoff(
    handoff_id: Annotated[str, typer.Argument(help="投递编号，见告警 handoff_dead / handoff id")],
    service: OneService,
    home: HomeOption = HOME,
    at: AtOption = AT,
) -> None:
    """把已放弃的投递重新投递 / try a handoff again that was given up."""
    path = f"/ops/handoffs/{handoff_id}:resend"
    with told_plainly(say):
        asyncio.run(operator_of(home, at).post(known(service), path))
    say(f"已重新投递 / sent again: {handoff_id}")


def explain(code: CodeArgument, home: HomeOption = HOME, at: AtOption = AT) -> None:
    """逐步说明一件纠纷为何如此流转 / each step, its rule and article."""
    with told_plainly(say):
        operator = operator_of(home, at)
        told = asyncio.run(operator.get("routing", f"/v1/disputes/{code}/explain"))
    data.print_json(data=told)


def seed(
    county: Annotated[str, typer.Argument(help="六位区划代码，如 330803 / county")],
    sealing_key: Annotated[
        Path | None,
        a_file(
            "--sealing-key",
            "密封密钥文件：登记总线本身 / list the exchange too",
        ),
    ] = None,
    home: HomeOption = HOME,
    at: AtOption = AT,
) -> None:
    """把一个区县的机构登入目录，已有的不动 / list a county's agencies; nobody's is changed."""
    with told_plainly(say):
        operator = operator_of(home, at)
        if sealing_key is not None:
            raw = base64.b64decode(sealing_key.read_text())
            own = exchange_listing(operator.key, SealingKey.from_bytes(sealing_key.stem, raw))
            asyncio.run(list_agencies(operator, [own]))
        done = asyncio.run(list_new(operator, [listing(fact) for fact in agencies(county)]))
    say(f"新登入 {done} 个机构 / listed")


@alarms.callback(invoke_without_command=True)
def list_alarms(
    context: typer.Context,
    home: HomeOption = HOME,
    at: AtOption = AT,
    service: ServiceOption = None,
) -> None:
    """列出未消除的告警 / alarms that stand."""
    if context.invoked_subcommand is not None:
        return
    with told_plainly(say):
        rows = asyncio.run(_gather(operator_of(home, at), service, "/ops/alarms", "alarms"))
    table = Table("服务", "告警", "对象", "详情", "自", box=None)
    for name, row in rows:
        table.add_row(name, row["kind"], row["subject"], row["detail"], row["raised_at"])
    data.print(table if rows else "没有告警 / no alarms")


@alarms.command("clear")
def clear_alarm(
    kind: Annotated[str, typer.Argument(help="告警种类 / kind of alarm")],
    subject: Annotated[str, typer.Argument(help="对象：案码、分区或者投递编号 / what it is about")],
    service: OneService,
    home: HomeOption = HOME,
    at: AtOption = AT,
) -> None:
    """处理完毕，消除一条告警 / somebody has seen to it."""
    path = f"/ops/alarms/{kind}:clear?{urlencode({'subject': subject})}"
    with told_plainly(say):
        asyncio.run(operator_of(home, at).post(known(service), path))
    say(f"已消除 / cleared: {kind} {subject}")


@clock.command("advance")
def advance_clock(
    by: Annotated[str, typer.Argument(help="时长，如 7d、12h / a span")], home: HomeOption = HOME
) -> None:
    """把法定时间向前拨（仅沙箱）/ move legal time on, in a sandbox home only."""
    with told_plainly(say):
        opened = home_of(home)
        if not opened.is_sandbox:
            say("✗ 这不是沙箱：法定时间不能拨动 / not a sandbox home: legal time is not moved")
            raise typer.Exit(CONFLICT)
        Operator.of_home(opened)  # raises NotRunning
        offset = asyncio.run(advance(database_dsns(opened), parse_span(by)))
    say(f"法定时间已前移，与机器时间相差 {offset} / legal time moved on")


def home_of(directory: Path) -> Home:
    return open_home(directory.resolve())


def operator_of(home: Path, at: Path | None) -> Operator:
    """Of the exchange that the file names, else of the home. Raises BadOperatorFile, NotRunning."""
    return read_operator(at) if at is not None else Operator.of_home(home_of(home))


async def _gather(
    operator: Operator, service: str | None, path: str, key: str
) -> list[tuple[str, dict[str, Any]]]:
    names = [known(service)] if service else list(SERVICES)
    pages = await asyncio.gather(*(operator.get(name, path) for name in names))
    return [(name, row) for name, page in zip(names, pages, strict=True) for row in page[key]]
