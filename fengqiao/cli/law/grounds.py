"""The grounds (事由) that a clerk may name for a pause or a new count: 鉴定, or `appraisal`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import law
from law.clock_rows import Ground

NEVER_PAUSES: Mapping[str, str] = {"mediation": "调解"}
"""What is asked for and is a ground of no rule: answered with a refusal (`pause_refused`)."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Every ground that some rule knows: its code and what the rules call it."""

    names: Mapping[str, tuple[str, ...]]

    def code(self, text: str) -> str:
        """The code of a ground named in Chinese or by code; ValueError names those known."""
        for code, names in self.names.items():
            if text == code or text in names:
                return code
        known = "、".join(f"{'或'.join(names)}（{code}）" for code, names in self.names.items())
        raise ValueError(f"不认识的事由“{text}”；认识的有：{known} / unknown ground")


def pause_grounds(book: law.Law, rule: str) -> Grounds:
    """What pauses some clock; where two grounds have one name, that of `rule` is meant."""
    known = _by_code(one for clock in _own_first(book, rule) for one in clock.row.pauses)
    return Grounds({**known, **{code: (zh,) for code, zh in NEVER_PAUSES.items()}})


def restart_grounds(book: law.Law, rule: str) -> Grounds:
    """What makes some clock count anew."""
    return Grounds(_by_code(one for clock in _own_first(book, rule) for one in clock.row.restarts))


def _own_first(book: law.Law, rule: str) -> list[law.ClockRule]:
    return sorted(book.clocks, key=lambda clock: clock.id != rule)


def _by_code(grounds: Iterable[Ground]) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for one in grounds:
        known[one.ground] = tuple(dict.fromkeys((*known.get(one.ground, ()), one.zh)))
    return known
