"""A division as the directory tells it: what it is, where that was read, what became of it."""

from functools import cache
from importlib.resources import files
from typing import Any

from exchange.contracts.dispute_code import COUNTY_DIGITS
from services.directory.facts.model import DivisionTable, Source
from services.directory.facts.reading import read


def division_body(code: str) -> dict[str, Any]:
    """Raises UnknownCounty, UnknownPlace."""
    county = code[:COUNTY_DIGITS]
    division = read(county).division(code)
    return {
        **division.model_dump(mode="json", exclude={"source"}),
        "asked": code,
        "name_now": division.name_now,
        "parent": division.parent,
        "source": sources(county)[division.source].model_dump(mode="json"),
    }


@cache
def sources(county: str) -> dict[str, Source]:
    """The lists from which a county's divisions were read; checked when `read` was."""
    text = files("services.directory.facts").joinpath(county, "divisions.json").read_text("utf-8")
    return DivisionTable.model_validate_json(text).sources
