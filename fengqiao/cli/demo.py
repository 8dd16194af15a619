"""`fengqiao demo`: the whole story on real parts, live; exit code 0 only if all of it held."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from exchange.local.home import Home, open_home
from exchange.local.supervisor import run_until_stopped
from fengqiao.cli.cases import CaseRouted, carry_cases
from fengqiao.cli.console import a_file, data, say
from fengqiao.cli.failures import FAILED, told_plainly
from fengqiao.cli.live_view import LiveView
from fengqiao.cli.proof import Proof, prove
from fengqiao.cli.story_report import report
from fengqiao.cli.town_home import COUNTY, STORY_START, running_town
from fengqiao.cli.trace_tree import FIRST_POST
from sandbox.people import person
from sandbox.story.town import NotAnswered, StoryStuck
from sandbox.story.wall_quarrel import WallQuarrel
from sandbox.story.watch import Seen
from services.directory.districts import agencies

DEMO = Path("var/demo")
OWN_NUMBER = "JJ20260302000123"
PEOPLE = (person(17, birth=date(1971, 4, 9)), person(28, birth=date(1966, 11, 23)))


def demo(
    cases: Annotated[
        Path | None, a_file("--cases", "调解案例（JSON 行）：逐件走一遍 / cases")
    ] = None,
    directory: Annotated[
        Path, typer.Option("--dir", help="数据与报告的目录 / data and report")
    ] = DEMO,
) -> None:
    """从派出所推送到派出所结案，跑通一件纠纷的全过程 / the whole story, live."""
    place = directory.resolve()
    home = open_home(place / "home", sandbox=True)
    with told_plainly(say):
        if not home.is_locked():
            home.destroy()
            home = open_home(place / "home", sandbox=True)
        held = run_until_stopped(_demo(home, place / "report.json", cases))
    if not held:
        raise typer.Exit(FAILED)


async def _demo(home: Home, file: Path, cases: Path | None) -> bool:
    began = time.monotonic()
    names = {fact.code: fact.name for fact in agencies(COUNTY)}
    view = LiveView(data, names)
    say("启动 Kafka、PostgreSQL 与各服务 / starting everything")
    async with running_town(home, say, view.show, STORY_START) as running:
        say(f"全部就绪，用时 {time.monotonic() - began:.1f} 秒，故事开始 / ready\n")
        story = WallQuarrel(running.town, OWN_NUMBER, PEOPLE)
        try:
            dispute = await story.play()
        except (StoryStuck, NotAnswered) as error:
            say(f"✗ 故事中断：{error}")
            return False
        proof = await prove(running, dispute, PEOPLE)
        view.only = dispute
        routed = await carry_cases(running, cases) if cases else []
        seconds = time.monotonic() - began
        seen = running.watch.of(dispute)
        told = report(dispute, seen, running.town.receipts, proof, seconds)
        _write(file, told)
        _tell(data, seen, told, proof, names, routed)
    say(f"报告 / report: {file}，共 {seconds:.1f} 秒；已全部停止 / all stopped")
    return proof.holds


def _write(path: Path, report: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _tell(
    console: Console,
    seen: Sequence[Seen],
    told: Mapping[str, Any],
    proof: Proof,
    names: dict[str, str],
    routed: Sequence[CaseRouted],
) -> None:
    """The trace tree, the cases, the checks and the summary."""
    spans = [s.traceparent.split("-")[2] for s in seen if s.traceparent]
    if root := proof.tree.first(FIRST_POST, spans):
        console.rule("[bold]追踪：从派出所的推送到结案 / the trace", align="left")
        console.print(proof.tree.drawn(root))
    for case in routed:
        console.print(case.line(names), markup=False)
    console.rule("[bold]核验 / what held", align="left")
    for check in proof.ledger.checks:
        console.print(f"{'✓' if check.ok else '✗'} {check.name}: {check.detail}", markup=False)
    console.print(f"{_tick(not proof.broken)} 追踪不断：{len(seen)} 个事件都能回到第一次推送")
    for event in proof.broken:
        console.print(f"   断在 / broken at {event}", markup=False)
    console.print(f"{_tick(proof.receipts_verified)} 回执：{proof.receipts} 份签名有效")
    console.print(
        f"{_tick(not proof.pii)} 个人信息：所有主题、库表、日志、追踪中 {len(proof.pii)} 处"
    )
    for hit in proof.pii:
        console.print(f"   {hit.where}", markup=False)
    console.print(f"从收到推送到调委会签收：{told['offer_s']:.2f} 秒 / POST to offer signed for")
    console.print(f"案码 / dispute code: [bold]{told['dispute_code']}[/bold]")


def _tick(ok: bool) -> str:
    return "✓" if ok else "✗"
