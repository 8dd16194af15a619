"""The story of design §1: a quarrel over a wall in 衢江, from the police's post to its closing.

Day 0 a village's committee is chosen; day 6 it fails and the township takes over; day 12 the
parties agree; day 14 both apply for judicial confirmation; day 19 the court rules; day 21 the
money is paid; day 22 both apply in writing; day 24 the police close.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox.people import InventedPerson
from sandbox.story import papers
from sandbox.story.town import Town
from sandbox.story.watch import Seen

DAY_0 = date(2026, 3, 2)
PLACE = "330803112213"
STATION = "PS-330803112000-01"
VILLAGE = "PM-330803112213-01"
TOWNSHIP = "PM-330803112000-01"
COURT = "CT-330803000000-01"
CAST = (STATION, VILLAGE, TOWNSHIP, COURT)

Papers = Mapping[str, Any]


@dataclass(slots=True)
class WallQuarrel:
    """One dispute going its whole way. `number` is the station's own, `people` the two parties."""

    town: Town
    number: str
    people: tuple[InventedPerson, InventedPerson]
    dispute: str = ""

    async def play(self) -> str:
        """All days in order; the dispute's code. Raises StoryStuck or NotAnswered."""
        await self.referred()
        offer = await self.offered_to(VILLAGE)
        await self.accepted(offer, day=0)
        await self.mediated_in_vain(offer, day=6)
        offer = await self.offered_to(TOWNSHIP, after=offer.sequence)
        await self.accepted(offer, day=7)
        await self.agreed(offer, day=12)
        await self.confirmed(offer, applied_day=14, ruled_day=19)
        await self.performed(offer, day=21)
        await self.closed(applied_day=22, closed_day=24)
        return self.dispute

    async def referred(self) -> None:
        """Day 0: the station's system posts the referral and holds a signed receipt at once."""
        form = papers.police_referral(self.number, STATION, PLACE, self.people, DAY_0)
        posted = await self.town.call(
            STATION, "police_link", "/police/v1/referrals", form, idempotency_key=self.number
        )
        self.dispute = posted["dispute_code"]

    async def offered_to(self, agency: str, after: int | None = None) -> Seen:
        """The exchange has chosen this agency, whose own system holds the offer."""
        offer = await self.town.event(self.dispute, "referral.offered", after=after or 0)
        if offer.data["receiver"] != agency:
            raise AssertionError(f"offered to {offer.data['receiver']}, expected {agency}")
        await self.town.handed(agency, self.dispute, "referral.offered")
        await self.town.event(self.dispute, "referral.received", after=_of(offer))
        return offer

    async def accepted(self, offer: Seen, day: int) -> None:
        await self.town.advance_to_day(day)
        await self._act(offer, "accept", papers.acceptance(DAY_0, day))
        await self.town.event(self.dispute, "referral.accepted", after=_of(offer))

    async def mediated_in_vain(self, offer: Seen, day: int) -> None:
        await self._session(offer, day - 2)
        await self.town.advance_to_day(day)
        await self._act(offer, "fail", papers.failure())
        await self.town.event(self.dispute, "referral.escalated", after=_of(offer))

    async def agreed(self, offer: Seen, day: int) -> None:
        await self._session(offer, day - 2)
        await self.town.advance_to_day(day)
        scan = await self._scan(TOWNSHIP, "agreement")
        agreement = papers.written_agreement(DAY_0, day, scan, due_days=[21])
        await self._act(offer, "agree", agreement)
        await self.town.event(self.dispute, "agreement.reached", after=_of(offer))

    async def confirmed(self, offer: Seen, applied_day: int, ruled_day: int) -> None:
        """司法确认: a joint application inside 30 days, acceptance by the court, its ruling."""
        await self.town.advance_to_day(applied_day)
        package = papers.confirmation_package(
            DAY_0,
            applied_day,
            self.dispute,
            COURT,
            agreement=await self._scan(TOWNSHIP, "agreement"),
            application=await self._scan(TOWNSHIP, "application"),
            identity=await self._scan(TOWNSHIP, "identity"),
        )
        await self.town.call(TOWNSHIP, "court_link", "/court/v1/confirmations", package)
        asked = await self.town.event(self.dispute, "referral.offered", after=_of(offer))
        await self.town.handed(COURT, self.dispute, "referral.offered")
        await self.town.event(self.dispute, "referral.received", after=_of(asked))
        path = f"/court/v1/referrals/{asked.data['referral_id']}"
        accepted = papers.court_acceptance(DAY_0, applied_day)
        await self.town.call(COURT, "court_link", f"{path}:accept", accepted)
        await self.town.event(self.dispute, "referral.accepted", after=_of(asked))
        await self.town.advance_to_day(ruled_day)
        ruling = papers.court_ruling(DAY_0, ruled_day)
        await self.town.call(COURT, "court_link", f"{path}:rule", ruling)
        await self.town.event(self.dispute, "confirmation.ruled", after=_of(asked))

    async def performed(self, offer: Seen, day: int) -> None:
        await self.town.advance_to_day(day)
        proof = await self._scan(TOWNSHIP, "evidence")
        await self._act(offer, "perform", papers.performance(DAY_0, day, proof))
        await self.town.event(self.dispute, "agreement.performed", after=_of(offer))

    async def closed(self, applied_day: int, closed_day: int) -> None:
        """治安管理处罚法 9Ⅳ: performed, applied for in writing by both, accepted by the police."""
        await self.town.advance_to_day(applied_day)
        scan = await self._scan(STATION, "application")
        path = f"/police/v1/referrals/{self.dispute}"
        application = papers.closing_application(DAY_0, applied_day, scan)
        await self.town.call(STATION, "police_link", f"{path}:apply-closing", application)
        await self.town.event(self.dispute, "closing.applied")
        await self.town.advance_to_day(closed_day)
        closing = papers.closing(DAY_0, closed_day)
        await self.town.call(STATION, "police_link", f"{path}:close", closing)
        await self.town.event(self.dispute, "dispute.closed")

    async def _session(self, offer: Seen, day: int) -> None:
        await self.town.advance_to_day(day)
        await self._act(offer, "start", papers.session(DAY_0, day))
        await self.town.event(self.dispute, "mediation.started", after=_of(offer))

    async def _act(self, offer: Seen, act: str, form: Papers) -> None:
        """An act of the committee that holds the offer."""
        path = f"/mediation/v1/referrals/{offer.data['referral_id']}:{act}"
        await self.town.call(offer.data["receiver"], "mediation", path, form)

    async def _scan(self, agency: str, purpose: str) -> dict[str, str]:
        return await self.town.file(agency, self.dispute, purpose, papers.SCAN, papers.PDF)


def _of(seen: Seen) -> int:
    return seen.sequence or 0
