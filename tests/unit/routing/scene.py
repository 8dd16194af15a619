"""The scene of routing's tests: 衢江's real agencies, a wall, and a ledger that keeps count.

A `Scene` folds arrivals as the chassis does: it numbers what is sequenced, moves tallies, sets and
stops clocks, and lets legal time pass from clock to clock.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from exchange.chassis.decider import (
    Alarm,
    ClockDue,
    Decision,
    EventArrived,
    Publish,
    SetClock,
    StopClock,
    View,
)
from exchange.chassis.ids import Ids
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.base import DisputeEvent, Event, ReferralStanding, Standing
from exchange.contracts.events.intake import (
    DisputeLinkedV1,
    DisputeRegisteredV1,
    DossierPointer,
    FileRef,
    Matter,
    StartedClock,
)
from exchange.contracts.events.proposals import Facts, ProposalMadeV1
from exchange.contracts.events.routing import ProposalRefusedV1
from exchange.contracts.topics import DISPUTES, MEDIATION_PROPOSALS
from law import SHANGHAI
from services.directory.districts import agencies
from services.routing.decider import decide
from services.routing.restore import restore
from services.routing.state import DisputeState
from tests.support.listed import listed

CODE = "330803-2026-0123456789-A"
LEAD = "330803-2026-9876543210-B"
VILLAGE_PLACE = "330803112213"
TOWN_PLACE = "330803112000"
COUNTY_PLACE = "330803000000"
STATION = f"PS-{TOWN_PLACE}-01"
ROOM = f"SR-{TOWN_PLACE}-01"
VILLAGE = f"PM-{VILLAGE_PLACE}-01"
TOWN = f"PM-{TOWN_PLACE}-01"
CENTRE = f"CC-{COUNTY_PLACE}-01"
COURT = f"CT-{COUNTY_PLACE}-01"
MEDICAL = f"SC-{COUNTY_PLACE}-02"
DAY_0 = datetime(2026, 3, 2, 15, 0, tzinfo=SHANGHAI)
FILE = FileRef(file_id="file-1", ciphertext_sha256="f" * 64)


@cache
def directory() -> AgencyBook:
    known = map(listed, agencies("330803"))
    return AgencyBook(version=7, by_code={agency.agency: agency for agency in known})


def with_agency(code: str, **changed: Any) -> AgencyBook:
    """The directory with one agency changed (or added, from the village's committee)."""
    book = directory()
    before = book.by_code.get(code, book.by_code[VILLAGE])
    after = before.model_copy(update={"agency": code, **changed})
    return replace(book, version=book.version + 1, by_code={**book.by_code, code: after})


def registered(
    *,
    origin: str = STATION,
    filed_on: date | None = date(2026, 3, 2),
    sensitive: bool = False,
    at: datetime = DAY_0,
    rule: str = "police.case",
    **matter: Any,
) -> DisputeRegisteredV1:
    """A quarrel over a wall, as intake makes it known; of a station's case where `filed_on`."""
    return DisputeRegisteredV1(
        dispute_code=CODE,
        legal_at=at,
        actor=origin,
        origin=origin,
        channel="police" if origin.startswith("PS") else "window",
        mode="entrust",
        matter=Matter(**{"kind": "neighbourhood", "place": VILLAGE_PLACE, **matter}),
        received_at=at,
        started_clocks=(StartedClock(rule=rule, started_on=filed_on),) if filed_on else (),
        dossier=None
        if sensitive
        else DossierPointer(version=1, ciphertext_sha256="0" * 64, parties=2),
        sensitive=sensitive,
    )


class Scene:
    """One dispute at routing: what was told, what was refused, which clocks are set."""

    def __init__(
        self, book: AgencyBook | None = None, *, tallies: Mapping[str, int] | None = None
    ) -> None:
        self.book = book or directory()
        self.state = DisputeState()
        self.now = DAY_0
        self.told: list[DisputeEvent] = []
        self.refused: list[ProposalRefusedV1] = []
        self.alarms: list[Alarm] = []
        self.tallies: dict[str, int] = dict(tallies or {})
        self.clocks: dict[tuple[str, str, int], datetime] = {}
        self.causes = 0

    # What arrives

    def register(self, **given: Any) -> "Scene":
        self.arrive(registered(at=self.now, **given))
        return self

    def link(self) -> list[str]:
        return self.arrive(
            DisputeLinkedV1(
                dispute_code=CODE,
                legal_at=self.now,
                actor=STATION,
                lead_code=LEAD,
                grounds=("same_parties",),
            )
        )

    def propose(
        self,
        agency: str,
        facts: Facts,
        *,
        referral: str | None = None,
        basis: int | None = None,
        at: datetime | None = None,
        proposal_id: str | None = None,
    ) -> list[str]:
        """An act of an agency on a referral (its newest, unless told otherwise)."""
        number = self.causes + 1
        made = ProposalMadeV1(
            dispute_code=CODE,
            legal_at=at or self.now,
            actor=agency,
            evidence_sha256="e" * 64,
            proposal_id=proposal_id or f"proposal-{number}",
            referral_id=referral,
            basis=self.state.sequence if basis is None else basis,
            number=number,
            received_at=self.now,
            facts=facts,
        )
        return self.arrive(made, topic=MEDIATION_PROPOSALS.name)

    def act(self, agency: str, facts: Facts, **more: Any) -> list[str]:
        """The same on the newest referral that the agency received."""
        return self.propose(agency, facts, referral=self.newest(agency).referral_id, **more)

    def arrive(self, event: Event, topic: str = DISPUTES.name) -> list[str]:
        cause = f"cause-{self.causes + 1}"
        return self._take(EventArrived(event, cause, None, topic))

    def fire(self, rule: str, instance: str, rung: int) -> list[str]:
        due_at = self.clocks.pop((rule, instance, rung))
        self.now = max(self.now, due_at)
        return self._take(ClockDue(rule, instance, rung, due_at, self.now))

    def on_day(self, day: int, hour: int = 10) -> "Scene":
        """Let legal time pass to that day of the story; every clock due until then fires."""
        to = DAY_0.replace(hour=hour) + timedelta(days=day)
        while due := [(at, key) for key, at in self.clocks.items() if at <= to]:
            self.fire(*min(due)[1])
        self.now = max(self.now, to)
        return self

    # What comes of it

    def _take(self, arrival: EventArrived | ClockDue) -> list[str]:
        self.causes += 1
        view = View(
            code=CODE,
            agencies=self.book,
            ids=Ids(self.now, f"cause-{self.causes}"),
            tallies=self.tallies,
        )
        # As the chassis keeps it: written out and read again.
        before = DisputeState.model_validate_json(self.state.model_dump_json(exclude_defaults=True))
        decision = decide(before, arrival, view, self.now)
        self.state = decision.state
        told = self._carry_out(decision)
        if self.told:
            self._is_what_its_ledger_restores()
        return told

    def _is_what_its_ledger_restores(self) -> None:
        """Whatever happened: the ledger alone leads to this state, refusals aside."""
        restored = restore(DisputeState(), self.told).state
        refused = {"answered", "held"}
        assert restored.model_dump(exclude=refused) == self.state.model_dump(exclude=refused)

    def _carry_out(self, decision: Decision[DisputeState]) -> list[str]:
        told = []
        for effect in decision.effects:
            match effect:
                case Publish(event=DisputeEvent() as event, sequenced=True):
                    self.told.append(event)
                    told.append(event.type)
                case Publish(event=ProposalRefusedV1() as refused):
                    self.refused.append(refused)
                    told.append(refused.type)
                case SetClock():
                    rungs = (effect.ends_at, *effect.warn_at)
                    self.clocks |= {
                        (effect.rule, effect.instance, rung): at for rung, at in enumerate(rungs)
                    }
                case StopClock(rule, instance):
                    self.clocks = {
                        k: v for k, v in self.clocks.items() if k[:2] != (rule, instance)
                    }
                case Alarm():
                    self.alarms.append(effect)
        for name, change in decision.tallies.items():
            self.tallies[name] = self.tallies.get(name, 0) + change
        return told

    # Reading

    @property
    def standing(self) -> Standing:
        assert self.state.standing is not None
        return self.state.standing

    @property
    def stage(self) -> str:
        return self.standing.stage

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.told]

    @property
    def alarmed(self) -> list[str]:
        return [alarm.kind for alarm in self.alarms]

    def last(self, event_type: type[Any]) -> Any:
        return next(event for event in reversed(self.told) if isinstance(event, event_type))

    def newest(self, agency: str) -> ReferralStanding:
        return next(r for r in reversed(self.standing.referrals) if r.receiver == agency)

    def running(self) -> set[str]:
        return {clock.rule for clock in self.standing.clocks}

    def load(self, agency: str) -> int:
        return self.tallies.get(f"load:{agency}", 0)
