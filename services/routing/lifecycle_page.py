"""docs/lifecycle.md, drawn from the lifecycle's table; a test holds the page current.

`python -m services.routing.lifecycle_page` writes it again.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from exchange.contracts.vocabulary import HELD, Stage
from services.routing.clocks import TIMINGS
from services.routing.expiry import CONSEQUENCES_ZH
from services.routing.lifecycle import LIFECYCLE, OVER, Key, Step

PAGE = Path("docs/lifecycle.md")

STAGES_ZH: dict[Stage, str] = {
    "registered": "已登记，待分流",
    "offered": "已发出对接要约",
    "accepted": "已受理",
    "mediating": "调解中",
    "agreed": "已达成协议",
    "performed": "已履行完毕",
    "breached": "未按期履行",
    "failed": "各级均调解不成",
    "unplaced": "没有可办理的机构，待人工分流",
    "closing": "双方已书面申请不予处罚",
    "closed": "已办结",
    "linked": "已并入另一件",
}
PURPOSE_ZH = {"mediation": "调解", "confirmation": "司法确认", None: "纠纷本身"}
BASIS_ZH = {"strict": "须依据最新情况", "commuting": "先后不论"}

HEAD = """\
# The lifecycle of a dispute / 纠纷的办理流程

Drawn from `services/routing/lifecycle.py` by `python -m services.routing.lifecycle_page`; do not
edit it here. An act that is not in the table for where the dispute stands is answered by
`proposal.refused`, with the rule and the acts that are allowed.
"""

NOTES = """\
*须依据最新情况* (strict): the proposal's `basis` must be the last event that touched its referral
(for an act on the dispute itself, the last that changed its stage). *先后不论* (commuting): any.

A timely acceptance or refusal that arrives after the limit has expired undoes the silence while
nobody else has accepted since (`clock.reinstated`); otherwise it is refused
(`late.other_accepted`) and raised to a person. Timeliness is judged by the act's own legal time.
"""


def lifecycle_page() -> str:
    """The whole page, as it stands in docs/."""
    parts = (
        HEAD,
        "## Stages / 阶段\n",
        "\n".join(_diagram()),
        "\n".join(_table(("stage", "阶段"), STAGES_ZH.items())),
        "## Acts / 办理事项\n",
        "\n".join(_acts()),
        NOTES,
        "## Clocks / 时限\n",
        "\n".join(_clocks()),
        "## When a clock runs out / 时限届满\n",
        "\n".join(_table(("rule", "届满之后"), CONSEQUENCES_ZH.items())),
    )
    return "\n".join(parts)


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> registered"
    yield "    registered --> offered: 分流"
    yield "    registered --> unplaced: 无机构可办"
    yield "    offered --> offered: 无答复，另派或者上报"
    yield "    offered --> unplaced: 无答复，无机构可办"
    for step in LIFECYCLE.values():
        for source in _ordered(step.stages):
            for target in step.leads_to:
                if (source, target) != ("agreed", "agreed"):
                    yield f"    {source} --> {target}: {step.title_zh}"
    for stage in _ordered(OVER):
        yield f"    {stage} --> [*]"
    yield "```"
    yield "\n任何未办结的阶段都可并入另一件（`linked`）。\n"


def _acts() -> Iterator[str]:
    head = ("act", "事项", "对象", "谁可办理", "纠纷阶段", "对接状态", "依据", "结果", "另须符合")
    yield from _table(head, (_row(key, step) for key, step in LIFECYCLE.items()))


def _row(key: Key, step: Step) -> tuple[str, ...]:
    return (
        f"`{key[0]}`",
        step.title_zh,
        PURPOSE_ZH[key[1]],
        _who(step),
        _codes(_ordered(step.stages)),
        _codes(sorted(step.statuses)),
        BASIS_ZH[step.basis],
        _codes(step.tells),
        _codes(step.rules),
    )


def _who(step: Step) -> str:
    if step.who == "origin":
        return "来源机构"
    return "承办机构" if step.statuses == HELD else "收件机构"


def _clocks() -> Iterator[str]:
    yield "来源机构自己的行为起算的时限（如立案起算 `police.case`）随登记起算，调解期间照走。\n"
    rows = (
        (
            f"`{act}`",
            PURPOSE_ZH[purpose],
            _codes(timing.stops),
            _codes([timing.starts] if timing.starts else []),
        )
        for (act, purpose), timing in TIMINGS.items()
    )
    yield from _table(("act", "对象", "停止", "起算"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names) or "–"


def _ordered(stages: Iterable[Stage]) -> list[Stage]:
    """In the order of the story."""
    return [stage for stage in STAGES_ZH if stage in set(stages)]


if __name__ == "__main__":
    PAGE.write_text(lifecycle_page(), encoding="utf-8")
