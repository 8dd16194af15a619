"""Division codes (区划代码, 12 digits): which township and which county hold a place."""

from typing import Annotated

from pydantic import StringConstraints

DivisionCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{11}$")]


def digits_of(place: str) -> str:
    """The digits that every place inside shares: county 6, township 9, village all 12."""
    if place.endswith("000000"):
        return place[:6]
    return place[:9] if place.endswith("000") else place


def township_of(place: str) -> str:
    """The 12-digit code of the township that holds a place."""
    return f"{place[:9]}000"


def county_of(place: str) -> str:
    """The 12-digit code of the county that holds a place."""
    return f"{place[:6]}000000"
