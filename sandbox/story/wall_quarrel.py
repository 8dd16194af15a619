"""A quarrel over a wall in 衢江, from the police's post to its closing.

The same story is told to clerks, request by request, in docs/daily-work.zh-CN.md.

Day 0 a village's committee is chosen; day 6 it fails and the township takes over; day 12 the
parties agree; day 14 both apply for judicial confirmation; day 19 the court rules; day 21 the
money is paid; day 22 both apply in writing; day 24 the police close.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from exchange.contracts.divisions import township_of
from sandbox.people import InventedPerson
from sandbox.story import papers
from sandbox.story.town import Town
from sandbox.story.watch import Seen

DAY_0 = date(2026, 3, 2)
PLACE = "330803112213"
CENTRE = "CC-330803000000-01"
COURT = "CT-330803000000-01"

Papers = Mapping[str, Any]


class WrongReceiver(Exception):
    """The exchange chose another agency than the story tells."""

    def __init__(self, chosen: str, expected: str) -> None:
        super().__init__(f"分派给了 {chosen}，应为 {expected} / offered to another agency")


@dataclass(slots=True)
class WallQuarrel:
    """One dispute, step by step; days are counted from `starts_on`.

    `number` is the station's own, `people` the one who pushed and the one who was pushed, `place`
    the village. Other stories are made of the same steps in another order.
    """

    town: Town
    number: str
    people: tuple[InventedPerson, InventedPerson]
    place: str = PLACE
    starts_on: date = DAY_0
    dispute: str = ""

    @property
    def village(self) -> str:
        """The committee of the village; the agencies that follow are those of its township."""
        return f"PM-{self.place}-01"

    @property
    def township(self) -> str:
        return f"PM-{self._township}-01"

    @property
    def station(self) -> str:
        return f"PS-{self._township}-01"

    @property
    def room(self) -> str:
        """The mediation room stationed at the police."""
        return f"SR-{self._township}-01"

    @property
    def _township(self) -> str:
        return township_of(self.place)

    async def play(self) -> str:
        """All days in order; the dispute's code. Raises StoryStuck, NotAnswered, WrongReceiver."""
        await self.refer()
        offer = await self.offered_to(self.village)
        await self.accept(offer, day=0)
        await self.meet(offer, day=4)
        await self.fail(offer, day=6)
        offer = await self.offered_to(self.township, after=offer)
        await self.accept(offer, day=7)
        await self.meet(offer, day=10)
        await self.agree(offer, day=12)
        asked = await self.apply_for_confirmation(offer, day=14)
        await self.file_at_court(asked, day=14)
        await self.rule(asked, day=19)
        await self.perform(offer, day=21)
        await self.apply_for_closing(day=22)
        await self.close(day=24)
        return self.dispute

    async def refer(self, **changes: Any) -> None:
        """The station's system posts the referral and holds a signed receipt at once."""
        posted = await self.town.call(
            self.station,
            "police_link",
            "/police/v1/referrals",
            self.referral(**changes),
            idempotency_key=self.number,
        )
        self.dispute = posted["dispute_code"]

    def referral(self, **changes: Any) -> Papers:
        """The referral as the station would fill it in."""
        return papers.police_referral(
            self.number, self.station, self.place, self.people, self.starts_on, **changes
        )

    async def offered_to(self, agency: str, after: Seen | None = None) -> Seen:
        """The exchange has chosen this agency, whose own system holds and signed for the offer."""
        offer = await self.town.event(self.dispute, "referral.offered", after=_of(after))
        if offer.data["receiver"] != agency:
            raise WrongReceiver(offer.data["receiver"], agency)
        await self.town.handed(agency, self.dispute, f"referral.offered:{_referral(offer)}")
        await self.town.event(self.dispute, "referral.received", referral_id=_referral(offer))
        return offer

    async def accept(self, offer: Seen, day: int) -> None:
        await self.act(offer, "accept", papers.acceptance(await self.morning(day)))
        await self.town.event(self.dispute, "referral.accepted", after=_of(offer))

    async def decline(self, offer: Seen, reason: str) -> None:
        await self.act(offer, "decline", papers.declining(reason))
        await self.town.event(self.dispute, "referral.declined", after=_of(offer))

    async def meet(self, offer: Seen, day: int, number: int = 1) -> None:
        await self.act(offer, "start", papers.session(await self.morning(day), number))
        await self.town.event(self.dispute, "mediation.started", after=_of(offer), session=number)

    async def fail(self, offer: Seen, day: int) -> None:
        await self.morning(day)
        await self.act(offer, "fail", papers.failure())
        await self.town.event(self.dispute, "mediation.failed", after=_of(offer))

    async def agree(self, offer: Seen, day: int, due_in_days: tuple[int, ...] = (9,)) -> None:
        """A written agreement with the parts that the law asks; its scan lies at intake."""
        today = await self.morning(day)
        scan = await self.scan(offer.data["receiver"], "agreement")
        due_on = [today + timedelta(days=days) for days in due_in_days]
        await self.act(offer, "agree", papers.written_agreement(today, scan, due_on))
        await self.town.event(self.dispute, "agreement.reached", after=_of(offer))

    async def apply_for_confirmation(
        self, offer: Seen, day: int, after: Seen | None = None
    ) -> Seen:
        """司法确认: jointly, inside 30 days; the court's own system holds the application.

        `after` is an earlier application, where there was one.
        """
        package = await self.confirmation_package(offer, day)
        await self.town.call(
            offer.data["receiver"],
            "court_link",
            "/court/v1/confirmations",
            package,
            until_known=True,
        )
        return await self.offered_to(COURT, after=after or offer)

    async def confirmation_package(self, offer: Seen, day: int) -> Papers:
        """The application with its scans, which lie at intake then."""
        today, committee = await self.morning(day), offer.data["receiver"]
        return papers.confirmation_package(
            today,
            self.dispute,
            COURT,
            agreement=await self.scan(committee, "agreement"),
            application=await self.scan(committee, "application"),
            identity=await self.scan(committee, "identity"),
        )

    async def file_at_court(self, asked: Seen, day: int) -> None:
        """立案."""
        paper = papers.court_acceptance(await self.morning(day))
        await self.act_of_court(asked, "accept", paper)
        await self.town.event(self.dispute, "referral.accepted", after=_of(asked))

    async def refuse_to_file(self, asked: Seen, ground: str) -> None:
        """不予受理 (民诉解释 355)."""
        await self.act_of_court(asked, "refuse", papers.court_refusal(ground))
        await self.town.event(self.dispute, "confirmation.ruled", after=_of(asked))

    async def rule(self, asked: Seen, day: int, *dismissed_for: str) -> None:
        """裁定有效, or 驳回申请 for these grounds (民诉解释 358)."""
        ruling = papers.court_ruling(await self.morning(day), dismissed_for)
        await self.act_of_court(asked, "rule", ruling)
        await self.town.event(self.dispute, "confirmation.ruled", after=_of(asked))

    async def perform(self, offer: Seen, day: int, instalment: int = 1) -> None:
        today = await self.morning(day)
        proof = await self.scan(offer.data["receiver"], "evidence")
        await self.act(offer, "perform", papers.performance(today, proof, instalment))
        await self.town.event(self.dispute, "performance.recorded", instalment=instalment)

    async def breach(self, offer: Seen, instalment: int = 1) -> None:
        await self.act(offer, "breach", papers.breach(instalment))
        await self.town.event(self.dispute, "agreement.breached", instalment=instalment)

    async def apply_for_closing(self, day: int) -> None:
        """治安管理处罚法 9Ⅳ: once the station knows of the performance, both apply in writing."""
        await self.town.handed(self.station, self.dispute, "agreement.performed")
        today = await self.morning(day)
        scan = await self.scan(self.station, "application")
        await self.act_of_police("apply-closing", papers.closing_application(today, scan))
        await self.town.handed(self.station, self.dispute, "closing.applied")

    async def close(self, day: int, outcome: str = papers.NOT_PUNISHED) -> None:
        """The police accept that there is no penalty, or take their case up again."""
        await self.act_of_police("close", papers.closing(await self.morning(day), outcome))
        await self.town.event(self.dispute, "dispute.closed")

    async def morning(self, day: int) -> date:
        """Legal time has come to that day of the story."""
        today = self.starts_on + timedelta(days=day)
        await self.town.calendar.advance_to(today)
        return today

    async def act(self, offer: Seen, act: str, form: Papers) -> None:
        """An act of the committee that was offered this referral."""
        path = f"/mediation/v1/referrals/{offer.data['referral_id']}:{act}"
        await self.town.call(offer.data["receiver"], "mediation", path, form)

    async def act_of_court(self, asked: Seen, act: str, form: Papers) -> None:
        path = f"/court/v1/referrals/{asked.data['referral_id']}:{act}"
        await self.town.call(COURT, "court_link", path, form)

    async def act_of_police(self, act: str, form: Papers) -> None:
        path = f"/police/v1/referrals/{self.dispute}:{act}"
        await self.town.call(self.station, "police_link", path, form)

    async def scan(self, agency: str, purpose: str) -> dict[str, str]:
        return await self.town.file(agency, self.dispute, purpose, papers.SCAN, papers.PDF)


def _of(seen: Seen | None) -> int:
    return (seen.sequence or 0) if seen else 0


def _referral(offer: Seen) -> str:
    return str(offer.data["referral_id"])
