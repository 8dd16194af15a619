"""The agencies near a place, found without reading through the whole directory each time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.directory import AgencyListedV1

DIRECTORIES_KEPT = 4
SUCCESSORS_MAX = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """One reading of the directory, by identity: it never changes once read."""

    by_code: Mapping[str, AgencyListedV1]

    def __hash__(self) -> int:
        return id(self.by_code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Listed) and other.by_code is self.by_code


def agencies_near(book: AgencyBook, *places: str) -> Iterator[AgencyListedV1]:
    """Those that serve exactly one of these divisions, place by place, in the order of codes."""
    index = _by_place(_Listed(book.by_code))
    for place in dict.fromkeys(places):
        yield from index.get(place, ())


def heir(book: AgencyBook, agency: AgencyListedV1) -> AgencyListedV1 | None:
    """Who stands in an agency's place today: itself, or the last of its successors that exists."""
    for _ in range(SUCCESSORS_MAX):
        if not agency.abolished:
            return agency
        successor = book.get(agency.successor) if agency.successor else None
        if successor is None:
            return None
        agency = successor
    return None


@lru_cache(maxsize=DIRECTORIES_KEPT)
def _by_place(listed: _Listed) -> Mapping[str, tuple[AgencyListedV1, ...]]:
    places: dict[str, list[AgencyListedV1]] = {}
    for code in sorted(listed.by_code):
        agency = listed.by_code[code]
        places.setdefault(agency.place, []).append(agency)
    return {place: tuple(here) for place, here in places.items()}
