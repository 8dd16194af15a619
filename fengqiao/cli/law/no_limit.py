"""Why no limit is known for an act: no version is of its day, or none of its place.

That no limit exists is not said.
"""

from collections.abc import Sequence
from datetime import date

import law
from fengqiao.cli.law.questions import place_name
from law.regions import chain


def why_no_limit(book: law.Law, rule: str, *, region: str, day: date, variant: str | None) -> str:
    """For a clerk; of a rule of which `Law.clock` answered None."""
    versions = [one for one in book.clocks if one.id == rule]
    places = chain(region)
    here = [one for one in versions if one.row.region in places and one.variant in (None, variant)]
    return _not_then(here, day) if here else _not_here(versions, region)


def _not_then(here: Sequence[law.ClockRule], day: date) -> str:
    earlier = [one for one in here if one.row.valid_from <= day]
    later = [one for one in here if one.row.valid_from > day]
    told = []
    if earlier:
        last = max(earlier, key=lambda one: one.row.valid_from)
        told.append(f"之前的版本到 {last.row.valid_to} 止（{last.version}，{last.citation_zh}）")
    if later:
        first = min(later, key=lambda one: one.row.valid_from)
        which = "之后的版本" if earlier else "最早的版本"
        told.append(f"{which}自 {first.row.valid_from} 起（{first.version}，{first.citation_zh}）")
    return f"{day} 没有适用的版本：{'；'.join(told)}。其他时候的规定没有录入，请查当时的规定"


def _not_here(versions: Sequence[law.ClockRule], region: str) -> str:
    known = dict.fromkeys(
        f"{place_name(one.row.region)} {one.row.region}"
        + (f"（情形 {one.variant}）" if one.variant else "")
        for one in versions
    )
    return (
        f"{place_name(region)}没有录入这项期限，录入的有：{'、'.join(known)}；机构之间可以约定时限"
    )
