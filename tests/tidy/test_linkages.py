"""A linkage is six entries; a new one is written by filling them in (docs/add-a-link.md)."""

from collections.abc import Iterable, Iterator

import pytest

from tests.tidy.repository import files, nothing_to_mend

ENTRIES = frozenset({"service.py", "api.py", "decider.py", "mapping.py", "gates.py", "schemas"})
MAY_BE_THERE = frozenset({"__init__.py", "migrations"})


def _linkages() -> dict[str, set[str]]:
    """The entries of each `services/*_link`."""
    found: dict[str, set[str]] = {}
    for path in files():
        parts = path.split("/")
        if parts[0] == "services" and parts[1].endswith("_link"):
            found.setdefault(parts[1], set()).add(parts[2])
    return found


def _complaints(folder: str, entries: Iterable[str]) -> Iterator[str]:
    for missing in ENTRIES - set(entries):
        yield f"services/{folder}:1 has no {missing}"
    for more in set(entries) - ENTRIES - MAY_BE_THERE:
        yield f"services/{folder}/{more}:1 is a seventh entry"


@pytest.mark.parametrize("entries", [ENTRIES - {"gates.py"}, ENTRIES | {"rules.py"}])
def test_another_shape_would_be_noticed(entries: frozenset[str]) -> None:
    assert len(list(_complaints("some_link", entries))) == 1


def test_every_linkage_has_exactly_the_six_entries() -> None:
    linkages = _linkages()
    assert linkages
    nothing_to_mend(
        (found for folder, entries in linkages.items() for found in _complaints(folder, entries)),
        f"a linkage is {', '.join(sorted(ENTRIES))}; what several need belongs in exchange.doors",
    )
