"""Is this the same dispute? Same parties by keyed hash, same place, near in time.

Candidates are told to a person. Only when every party of both is the same, in one township,
within LINK_DAYS_MAX days and through different channels is the newer one linked to the older
without asking, and only while the older one lives. Two that are registered in the same instant
may miss each other: a person links them later.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from exchange.chassis.decider import Found
from exchange.contracts.dispute_code import COUNTY_DIGITS
from exchange.contracts.divisions import county_of, township_of
from services.intake.state import Candidate

PARTY = "party"
"""The kind of index row by which a party is found again."""

OVER = "over"
"""What ends the index row of a dispute that is closed."""

DAYS_MAX = 30
LINK_DAYS_MAX = 3
LINK_PARTIES_MIN = 2
CANDIDATES_MAX = 20


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where and when a party was seen: the value of its index row.

    `lead` is the code that it was linked to since, `over` whether it has been closed since.
    """

    place: str
    on: date
    kind: str
    channel: str
    parties: int
    lead: str = ""
    over: bool = False

    def text(self) -> str:
        seen = (self.place, self.on.isoformat(), self.kind, self.channel, str(self.parties))
        return "|".join((*seen, self.lead, *((OVER,) if self.over else ())))

    @classmethod
    def read(cls, text: str) -> "Sighting":
        """The inverse of `text`. Raises ValueError."""
        place, on, kind, channel, parties, lead, *over = text.split("|")
        day = date.fromisoformat(on)
        return cls(place, day, kind, channel, int(parties), lead, over == [OVER])


@dataclass(frozen=True, slots=True)
class Match:
    """Another dispute with `matched` of our parties."""

    code: str
    seen: Sighting
    matched: int

    @property
    def lead(self) -> str:
        return self.seen.lead or self.code


def matches(
    code: str,
    own: Sighting,
    parties: Sequence[Sequence[str]],
    found: Mapping[tuple[str, str], Sequence[Found]],
) -> tuple[Match, ...]:
    """Disputes near in place and time with a party in common, the oldest first."""
    matched: dict[str, set[int]] = defaultdict(set)
    seen: dict[str, Sighting] = {}
    for hashes in parties:
        number = _person(parties, hashes)
        for row in (row for party in hashes for row in found.get((PARTY, party), ())):
            matched[row.dispute_code].add(number)
            seen[row.dispute_code] = Sighting.read(row.value)
    near = [
        Match(other, seen[other], len(numbers))
        for other, numbers in matched.items()
        if other != code and _near(own, seen[other])
    ]
    return tuple(sorted(near, key=lambda match: (match.seen.on, match.code)))


def candidates(own: Sighting, near: Sequence[Match]) -> tuple[Candidate, ...]:
    """What a person is told, each lead once: codes, and what they have in common."""
    by_lead: dict[str, Match] = {}
    for match in near:
        by_lead.setdefault(match.lead, match)
    found = (Candidate(dispute_code=lead, why=grounds(own, m)) for lead, m in by_lead.items())
    return tuple(islice(found, CANDIDATES_MAX))


def the_same(own: Sighting, near: Sequence[Match]) -> Match | None:
    """The oldest one that is beyond doubt the same; None where a person must judge."""
    over = {match.code for match in near if match.seen.over}
    living = (match for match in near if match.lead not in over)
    return next((match for match in living if _beyond_doubt(own, match)), None)


def grounds(own: Sighting, match: Match) -> tuple[str, ...]:
    """What two disputes have in common, as codes."""
    return (
        "all_parties" if _all_parties(own, match) else "some_parties",
        "same_township" if _same_township(own, match.seen) else "same_county",
        *(("same_kind",) if own.kind == match.seen.kind else ()),
        f"days_apart:{_days_apart(own, match.seen)}",
    )


def _near(own: Sighting, other: Sighting) -> bool:
    same_county = own.place[:COUNTY_DIGITS] == other.place[:COUNTY_DIGITS]
    return same_county and _days_apart(own, other) <= DAYS_MAX


def _beyond_doubt(own: Sighting, match: Match) -> bool:
    return (
        own.parties >= LINK_PARTIES_MIN
        and _all_parties(own, match)
        and _same_township(own, match.seen)
        and _days_apart(own, match.seen) <= LINK_DAYS_MAX
        and own.channel != match.seen.channel
    )


def _person(parties: Sequence[Sequence[str]], hashes: Sequence[str]) -> int:
    """The place of the first entry of this person: who is entered twice is one all the same."""
    same = (n for n, other in enumerate(parties) if not set(other).isdisjoint(hashes))
    return next(same, len(parties))


def _all_parties(own: Sighting, match: Match) -> bool:
    return match.matched == own.parties == match.seen.parties


def _same_township(own: Sighting, other: Sighting) -> bool:
    """A place that names no township (a county's code) is in no township."""
    township = township_of(own.place)
    return township == township_of(other.place) and township != county_of(own.place)


def _days_apart(own: Sighting, other: Sighting) -> int:
    return abs((own.on - other.on).days)
