"""Which kind of number a text is, by its form alone, and what it says."""

import re
from collections.abc import Callable, Mapping

from law.numbers.cases import court_case, dossier
from law.numbers.local import LocalPatterns, patterns
from law.numbers.people import citizen_id, uscc
from law.numbers.places import LENGTHS, division
from law.numbers.reading import KIND_ZH, NumberKind, NumberReading, compact, wrong
from law.regions import NATION

_NATIONAL: Mapping[NumberKind, Callable[[str], NumberReading]] = {
    "court_case": court_case,
    "dossier": dossier,
    "citizen_id": citizen_id,
    "uscc": uscc,
    "division": division,
}
_LENGTH_OF_A_PERSONS = 18
_NEARLY = 2
"""How far a length may be off and still be taken for an 18-digit number miswritten."""


def number(
    text: str,
    *,
    kind: NumberKind | None = None,
    region: str = NATION,
    local: LocalPatterns | None = None,
) -> NumberReading:
    """The number that a text is; by its form where `kind` is not said.

    `region` and `local` choose the patterns of 接警单号 and 信访件编号: the packaged ones of every
    place unless told. Raises BadRegion if `region` is no code.
    """
    ways = local or patterns()
    if kind == "police_call" or kind == "petition":
        return ways.read(text, kind=kind, region=region) or ways.problem(kind, region)
    if kind is not None:
        return _NATIONAL[kind](text)
    written = compact(text).upper()
    if "人调" in written:
        return dossier(written)
    if re.search(r"[（(〔一-龥]", written) and re.search(r"\d", written):
        return court_case(written)
    as_place = division(written) if written.isdigit() else None
    if as_place is not None and as_place.valid:
        return as_place
    return ways.read(written, region=region) or _by_length(written, as_place)


def _by_length(written: str, as_place: NumberReading | None) -> NumberReading:
    """A text that fits no pattern: what it most likely was meant to be."""
    off = abs(len(written) - _LENGTH_OF_A_PERSONS)
    if written.isascii() and written.isalnum():
        if off == 0:
            return _person_or_organisation(written)
        if off <= _NEARLY or re.fullmatch(r"\d{15}", written):
            looks_like_a_person = re.fullmatch(r"\d+X?", written)
            return citizen_id(written) if looks_like_a_person else uscc(written)
    if as_place is not None and len(written) <= max(LENGTHS) + 1:
        return as_place
    return wrong(None, f"认不出是哪一种号码；能认的有：{'、'.join(KIND_ZH.values())}")


def _person_or_organisation(written: str) -> NumberReading:
    """Eighteen places are either; a text that is neither is told by what stands for a birthday."""
    person, organisation = citizen_id(written), uscc(written)
    if organisation.valid and not person.valid:
        return organisation
    if person.valid or re.fullmatch(r"[1-8]\d{5}(?:18|19|20)\d{9}.", written):
        return person
    return organisation
