"""Two disputes half way: one that has climbed and lies at the court, one that is only offered."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.dispute_code import mint
from fengqiao.cli.town_home import RunningTown
from sandbox.people import person
from sandbox.story.wall_quarrel import CENTRE, COURT, WallQuarrel

TAKEN_IN = "330803112213"
OFFERED_IN = "330803112239"
OTHER_TOWNSHIP = "330803113000"
NEVER_MINTED = mint("330803", 2026, secrets.token_bytes)

Actor = str
"""Who stands in which relation; each of ACTORS is one agency."""


@dataclass(frozen=True, slots=True)
class Scene:
    """`taken` was failed by its village, is held by its township and lies at the court; `offered`
    was offered to its village and received there; `sensitive` is in the register only.

    `names` are what the targets of the access matrix are filled in with: (taken, offered).
    """

    taken: WallQuarrel
    offered: WallQuarrel
    agencies: Mapping[Actor, str]
    names: Mapping[str, tuple[str, str]]

    def filled(self, actor: Actor, text: str) -> str:
        """The target as it is for that actor: the offered one is asked about what was offered."""
        which = 1 if actor in ABOUT_THE_OFFERED else 0
        return text.format(**{name: both[which] for name, both in self.names.items()})


ABOUT_THE_OFFERED = frozenset({"offered", "superior"})


async def play(running: RunningTown) -> Scene:
    """Tell both stories up to there."""
    taken = WallQuarrel(running.town, "JJ00000001", (person(201), person(202)), TAKEN_IN)
    offered = WallQuarrel(running.town, "JJ00000002", (person(203), person(204)), OFFERED_IN)
    at_village = await _climb(taken)
    at_township = await taken.offered_to(taken.township, after=at_village)
    await taken.accept(at_township, day=1)
    await taken.meet(at_township, day=2)
    await taken.agree(at_township, day=3)
    asked = await taken.apply_for_confirmation(at_township, day=4)
    await taken.file_at_court(asked, day=4)
    offered.starts_on = running.town.calendar.today
    await offered.refer()
    offer = await offered.offered_to(offered.village)
    file = await taken.scan(taken.station, "evidence")
    names = {
        "code": (taken.dispute, offered.dispute),
        "referral": (at_township.data["referral_id"], offer.data["referral_id"]),
        "asked": (asked.data["referral_id"], asked.data["referral_id"]),
        "file": (file["文件编号"], file["文件编号"]),
        "sensitive": (await _sensitive(running),) * 2,
        "to_holder": await _handoffs(taken, taken.township, offered, offered.village),
        "to_origin": await _handoffs(taken, taken.station, taken, taken.station),
        "to_court": await _handoffs(taken, COURT, taken, COURT),
        "holder": (taken.township, offered.village),
    }
    agencies = {
        "origin": taken.station,
        "holder": taken.township,
        "former": taken.village,
        "court": COURT,
        "centre": CENTRE,
        "operator": EXCHANGE,
        "other_station": f"PS-{OTHER_TOWNSHIP}-01",
        "other_committee": f"PM-{OTHER_TOWNSHIP}-01",
        "offered": offered.village,
        "superior": offered.township,
    }
    return Scene(taken, offered, agencies, names)


async def _climb(taken: WallQuarrel) -> Any:
    """The village fails."""
    await taken.refer()
    at_village = await taken.offered_to(taken.village)
    await taken.accept(at_village, day=0)
    await taken.meet(at_village, day=0)
    await taken.fail(at_village, day=1)
    return at_village


async def _sensitive(running: RunningTown) -> str:
    form = {
        "来源": "窗口",
        "纠纷类别": "婚姻家庭",
        "地点": {"区划代码": TAKEN_IN},
        "敏感": True,
        "纸质卷宗存放处": "综治中心档案柜",
    }
    posted = await running.town.call(CENTRE, "intake", "/v1/disputes", form)
    return str(posted["dispute_code"])


async def _handoffs(
    one: WallQuarrel, to_one: str, two: WallQuarrel, to_two: str
) -> tuple[str, str]:
    """The newest handoff of each that was signed for."""
    first = (await one.town.held(to_one, one.dispute))[-1]
    second = (await two.town.held(to_two, two.dispute))[-1]
    return first["handoff_id"], second["handoff_id"]
