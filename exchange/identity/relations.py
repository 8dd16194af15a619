"""Who stands in which relation to a dispute now: read from its standing, here and nowhere else.

The relations are those of the word *holder*: `offered` has a referral before it and has not yet
answered, `holder` accepted its mediation, `reviewer` (a court) the confirmation of its agreement;
`former_holder` held or reviewed it once; `sender` is where the dispute came from, or sent one of
its referrals; `supervisor` is the centre of the dispute's own county, and the exchange's operator
everywhere. Who declined an offer, or let it lapse, is a stranger again.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from exchange.contracts.divisions import county_of
from exchange.contracts.events.base import ReferralStanding, Standing
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.vocabulary import Purpose, ReferralStatus

Relation = Literal["offered", "holder", "reviewer", "former_holder", "sender", "supervisor"]
Relations: TypeAlias = frozenset[Relation]

ACCEPTED: Mapping[Purpose, Relation] = {"mediation": "holder", "confirmation": "reviewer"}
RECEIVER: Mapping[ReferralStatus, Relation] = {
    "offered": "offered",
    "received": "offered",
    "failed": "former_holder",
    "concluded": "former_holder",
}
"""What a referral makes of its receiver in each status but `accepted`."""


def relations(
    asker: AgencyListedV1, standing: Standing | None, *, origin: str | None, place: str | None
) -> Relations:
    """All relations of `asker`; none for a stranger.

    `origin` and `place` (a 12-digit division) are the dispute's own, known before its story
    begins; until then `standing` is None, and there is only a sender and who supervises.
    """
    found: set[Relation] = set()
    referrals = standing.referrals if standing else ()
    for referral in referrals:
        if referral.receiver == asker.agency:
            found |= _received(referral)
    if asker.agency in {origin, *(referral.sender for referral in referrals)}:
        found.add("sender")
    if _supervises(asker, place):
        found.add("supervisor")
    return frozenset(found)


def _received(referral: ReferralStanding) -> set[Relation]:
    if referral.status == "accepted":
        return {ACCEPTED[referral.purpose]}
    relation = RECEIVER.get(referral.status)
    return {relation} if relation else set()


def _supervises(asker: AgencyListedV1, place: str | None) -> bool:
    if asker.kind == "exchange":
        return True
    return asker.kind == "centre" and place is not None and asker.place == county_of(place)
