"""Real mediation cases carried through: their text in dossiers only, their way told."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fengqiao.cli.town_home import RunningTown
from sandbox.story.town import NotAnswered, StoryStuck

WINDOW = "CC-330803000000-01"
PLACES = ("330803112213", "330803112239", "330803112000")
AT_ONCE_MAX = 4
CASES_MAX = 10_000

KINDS: Mapping[str, str] = {
    "劳资劳动纠纷": "其他劳动争议",
    "家庭婚姻纠纷": "婚姻家庭",
    "环境污染纠纷": "环境污染",
    "社区邻里纠纷": "邻里",
    "经济债务纠纷": "合同",
    "治安刑事纠纷": "损害赔偿",
    "交通事故纠纷": "道路交通事故",
    "房产土地纠纷": "房屋宅基地",
    "校园教育纠纷": "损害赔偿",
    "公司经营纠纷": "生产经营",
    "医疗健康纠纷": "医疗",
    "消费旅游纠纷": "其他消费",
    "遗产继承纠纷": "婚姻家庭",
}
"""The data set's labels as 司法部's kinds; a label that is not here goes as 其他."""


@dataclass(frozen=True, slots=True)
class CaseRouted:
    """Where one case went and why; `problem` says what kept it from being routed."""

    case_id: str
    label: str
    dispute: str | None = None
    receiver: str | None = None
    reasons: tuple[str, ...] = ()
    problem: str | None = None

    def line(self, names: Mapping[str, str]) -> str:
        if self.problem:
            return f"✗ {self.case_id} {self.label}: {self.problem}"
        receiver = names.get(self.receiver or "", self.receiver)
        return f"  {self.case_id} {self.label} → {receiver}：{'；'.join(self.reasons)}"


async def carry_cases(running: RunningTown, file: Path) -> Sequence[CaseRouted]:
    """Register every case at the county centre's window and see to whom it is offered."""
    text = await asyncio.to_thread(file.read_text, "utf-8")
    cases = [json.loads(line) for line in text.splitlines() if line.strip()][:CASES_MAX]
    gate = asyncio.Semaphore(AT_ONCE_MAX)

    async def one(number: int, case: Mapping[str, Any]) -> CaseRouted:
        async with gate:
            return await _carry(running, number, case)

    return await asyncio.gather(*(one(n, case) for n, case in enumerate(cases)))


async def _carry(running: RunningTown, number: int, case: Mapping[str, Any]) -> CaseRouted:
    label = case["label"]
    form = {
        "来源": "窗口",
        "纠纷类别": KINDS.get(label, "其他"),
        "地点": {"区划代码": PLACES[number % len(PLACES)]},
        "案情": case["text"],
        "另案处理": True,
        "当事人": [
            {"姓名": name.strip(), "身份": "申请人" if n == 0 else "对方"}
            for n, name in enumerate(case["parties"].split(",")[:2])
        ],
    }
    try:
        posted = await running.town.call(WINDOW, "intake", "/v1/disputes", form)
        offer = await running.town.event(posted["dispute_code"], "referral.offered")
    except (NotAnswered, StoryStuck) as error:
        return CaseRouted(case["id"], label, problem=str(error))
    reasons = tuple(reason["text"] for reason in offer.data["reasons"])
    return CaseRouted(case["id"], label, offer.dispute_code, offer.data["receiver"], reasons)
