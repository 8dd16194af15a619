"""What the agencies of a run decide to do: each handoff may bring an act, drawn by chance.

Every choice is drawn for itself, from the plan's seed, the dispute and what the handoff is about:
a story that is left out changes no other.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import orjson

from exchange.chassis.partitioning import partition_of
from exchange.contracts.dispute_code import mint
from exchange.contracts.topics import DISPUTE_PARTITIONS
from exchange.doors.forms import day_in_beijing
from sandbox.people import person
from sandbox.story import papers
from services.court_link.schemas import FORMS as COURT_FORMS
from services.mediation.schemas import FORMS as MEDIATION_FORMS
from services.police_link.mapping import referral_of
from services.police_link.schemas import ApplyClosingForm, CloseForm, ReferralForm
from tests.simulation import scenery
from tests.simulation.agency import Agency, Request
from tests.simulation.plan import Story
from tests.simulation.world import World

COUNTY = "330803"
FILE = {"文件编号": "file-1", "密文摘要": "f" * 64}
REFUSAL_GROUND = "不属于法院受理范围"
THINKS_S_MAX = 0.1

Body = Mapping[str, Any]
FORMS: Mapping[str, Mapping[str, Any]] = {
    "mediation": MEDIATION_FORMS,
    "court_link": {**COURT_FORMS, "apply": COURT_FORMS["confirmation"]},
    "police_link": {"apply_closing": ApplyClosingForm, "close": CloseForm},
}


@dataclass(slots=True)
class Town:
    """All agencies of a run, and the stories that they play."""

    world: World
    agencies: dict[str, Agency] = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)
    acts_left: dict[int, int] = field(default_factory=dict)
    told_of_code: dict[str, Story] = field(default_factory=dict)
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        seed = self.world.plan.seed
        for code in scenery.AGENCIES:
            self.agencies[code] = Agency(code, self.world, Random(f"{seed}/{code}"), self.handed)

    def begin(self) -> list["asyncio.Task[None]"]:
        """Every mailbox is fetched, every story begins in its time."""
        loop, world = asyncio.get_running_loop(), self.world
        for story in world.plan.stories:
            self.acts_left[story.number] = story.acts_max
            self._set_out(self._refer(story))
        return [
            loop.create_task(agency.fetch())
            for agency in self.agencies.values()
            if agency.code not in world.plan.push
        ]

    # The referral

    async def _refer(self, story: Story) -> None:
        await asyncio.sleep(story.begins_s)
        chance, station = self._chance(story, "refer"), self.agencies[scenery.STATION]
        people = (person(2 * story.number + 1), person(2 * story.number + 2))
        number = f"J{story.number:04d}"
        paper = papers.police_referral(number, scenery.STATION, story.place, people, self.today())
        sealed = scenery.sealed(tuple(one.name for one in people))
        request = Request(
            service="police_link",
            name="refer",
            body=referral_of(ReferralForm.model_validate(paper), sealed),
            raw=orjson.dumps(paper),
            key=number,
            code_of=lambda: self._mint(story, chance),
            status=201,
        )
        await self._ask(station, request, chance)

    def _mint(self, story: Story, chance: Random) -> str:
        """A code whose partition is one of the few that this world has.

        Partitions divide DISPUTE_PARTITIONS, so that both counts give the same number."""
        while True:
            code = mint(COUNTY, self.today().year, chance.randbytes)
            if partition_of(code, DISPUTE_PARTITIONS) < self.world.plan.partitions:
                self.told_of_code[code] = story
                return code

    # What is handed brings an act

    def handed(self, agency: Agency, body: Body) -> None:
        story = self.told_of_code[body["dispute_code"]]
        chance = self._chance(
            story, f"{agency.code}/{body['about'].split(':')[0]}/{body.get('sequence')}"
        )
        react = REACTIONS.get((_side(agency), body.get("event", "")))
        if react is None or self.acts_left[story.number] <= 0:
            return
        self.acts_left[story.number] -= 1
        self._set_out(self._after_thinking(react, agency, body, chance))

    async def _after_thinking(
        self, react: "Reaction", agency: Agency, body: Body, chance: Random
    ) -> None:
        await asyncio.sleep(chance.uniform(0.0, THINKS_S_MAX))
        await react(self, agency, body, chance)

    def _set_out(self, work: Coroutine[Any, Any, None]) -> None:
        """`work` keeps the world from coming to rest until it is done."""
        self.world.busy += 1
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.append(task)
        task.add_done_callback(self._done)

    def _done(self, _task: "asyncio.Task[None]") -> None:
        self.world.busy -= 1

    async def act(
        self, agency: Agency, service: str, name: str, body: Body, paper: Body, chance: Random
    ) -> Mapping[str, Any] | None:
        """One act on the referral (or, by the police, the dispute) that a handoff is about."""
        code = body["dispute_code"]
        on_referral = service != "police_link" and name != "apply"
        target = body.get("referral_id") if on_referral else None
        request = Request(
            service=service,
            name=name,
            body=FORMS[service][name].model_validate(paper),
            raw=orjson.dumps(paper),
            key=_key(agency.code, name, code, body["about"]),
            code_of=lambda: code,
            known_code=code,
            target=target,
        )
        return await self._ask(agency, request, chance)

    async def _ask(self, agency: Agency, request: Request, chance: Random) -> Body | None:
        """Asked once, or twice at the same time under one key."""
        if chance.random() < 0.15:
            twin = self._twin(agency, request)
            self._set_out(twin)
        return await agency.ask(request)

    async def _twin(self, agency: Agency, request: Request) -> None:
        await agency.ask(request)

    def days(self, days: int) -> None:
        if days:
            self.world.advance_legal(timedelta(days=days))

    def today(self) -> date:
        return day_in_beijing(self.world.legal)

    def _chance(self, story: Story, what: str) -> Random:
        return Random(f"{self.world.plan.seed}/{story.number}/{what}")


def _key(*what: str) -> str:
    """An idempotency key that is the same for the same act."""
    return hashlib.sha256("/".join(what).encode()).hexdigest()[:20]


def _side(agency: Agency) -> str:
    kind = scenery.AGENCIES[agency.code][0]
    return kind if kind in ("police", "court") else "mediator"


async def _offered(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    """Accept, decline, come late, or be silent until the clock tells."""
    what = chance.choices(("accept", "decline", "silent", "late"), (65, 13, 12, 10))[0]
    today = town.today()
    if what in ("silent", "late"):
        town.days(4)
    if what == "decline":
        await town.act(
            agency, "mediation", "decline", body, papers.declining("没有调解力量"), chance
        )
    elif what != "silent":
        paper = papers.acceptance(town.today() if what == "accept" else today)
        await town.act(agency, "mediation", "accept", body, paper, chance)


async def _accepted(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    """The holder mediates: a session perhaps, then an agreement, a failure, or nothing."""
    if body.get("purpose") != "mediation" or body.get("actor") != agency.code:
        return
    town.days(chance.choice((0, 0, 2)))
    if chance.random() < 0.4:
        await town.act(agency, "mediation", "start", body, papers.session(town.today()), chance)
        town.days(chance.choice((0, 1)))
    what = chance.choices(("agree", "fail", "nothing"), (60, 28, 12))[0]
    today = town.today()
    if what == "agree":
        due = [today + timedelta(days=9)][: chance.randint(0, 1)]
        paper = papers.written_agreement(today, FILE, due or [today])
        await town.act(agency, "mediation", "agree", body, paper, chance)
    elif what == "fail":
        await town.act(agency, "mediation", "fail", body, papers.failure(), chance)
    else:
        town.days(chance.choice((0, 31)))


async def _agreed(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    """Who mediated reports the performance, or a breach, or goes to court for both."""
    if body.get("actor") != agency.code:
        return
    town.days(chance.choice((0, 1)))
    what = chance.choices(("perform", "breach", "confirm"), (60, 12, 28))[0]
    today = town.today()
    if what == "confirm":
        paper = papers.confirmation_package(
            today,
            body["dispute_code"],
            scenery.COURT,
            agreement=FILE,
            application=FILE,
            identity=FILE,
        )
        await town.act(agency, "court_link", "apply", body, paper, chance)
    elif what == "breach":
        await town.act(agency, "mediation", "breach", body, papers.breach(1), chance)
    else:
        await town.act(
            agency, "mediation", "perform", body, papers.performance(today, FILE), chance
        )


async def _ruled(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    """Confirmed or not, it is performed."""
    mine = [b for b in agency.inbox.values() if b.get("event") == "agreement.reached"]
    about = next((b for b in mine if b["dispute_code"] == body["dispute_code"]), None)
    if about is not None:
        paper = papers.performance(town.today(), FILE)
        await town.act(
            agency, "mediation", "perform", {**about, "about": body["about"]}, paper, chance
        )


async def _asked_of_court(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    what = chance.choices(("accept", "refuse", "silent"), (75, 15, 10))[0]
    if what == "silent":
        town.days(4)
    elif what == "refuse":
        paper = papers.court_refusal(REFUSAL_GROUND)
        await town.act(agency, "court_link", "refuse", body, paper, chance)
    else:
        paper = papers.court_acceptance(town.today())
        await town.act(agency, "court_link", "accept", body, paper, chance)


async def _filed(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    town.days(chance.choice((0, 5)))
    paper = papers.court_ruling(town.today())
    await town.act(agency, "court_link", "rule", body, paper, chance)


async def _performed(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    paper = papers.closing_application(town.today(), FILE)
    await town.act(agency, "police_link", "apply_closing", body, paper, chance)


async def _applied(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    paper = papers.closing(town.today())
    await town.act(agency, "police_link", "close", body, paper, chance)


async def _came_to_nothing(town: Town, agency: Agency, body: Body, chance: Random) -> None:
    """The station takes its case up again, or waits whether somebody else can help."""
    if body.get("stage") in ("failed", "breached", "unplaced") and chance.random() < 0.7:
        paper = papers.closing(town.today(), papers.CASE_RESUMED)
        await town.act(agency, "police_link", "close", body, paper, chance)


Reaction = Callable[[Town, Agency, Body, Random], Coroutine[Any, Any, None]]

REACTIONS: Mapping[tuple[str, str], Reaction] = {
    ("mediator", "referral.offered"): _offered,
    ("mediator", "referral.accepted"): _accepted,
    ("mediator", "agreement.reached"): _agreed,
    ("mediator", "confirmation.ruled"): _ruled,
    ("court", "referral.offered"): _asked_of_court,
    ("court", "referral.accepted"): _filed,
    ("police", "agreement.performed"): _performed,
    ("police", "closing.applied"): _applied,
    ("police", "mediation.failed"): _came_to_nothing,
    ("police", "agreement.breached"): _came_to_nothing,
    ("police", "referral.declined"): _came_to_nothing,
}
