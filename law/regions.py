"""Where a rule is in force: division codes (GB/T 2260 and the 12-digit code) and their prefixes.

A code names a place by its prefix: 2 digits a province, 4 a city, 6 a county, 9 a township and 12 a
village. Trailing zeros of a level are padding (460000 is Hainan, 330803000000 is Qujiang).
"""

from functools import lru_cache

from law.errors import BadRegion

NATION = "CN"

_PADDING = {12: "000", 9: "000", 6: "00", 4: "00"}
_SHORTER = {12: 9, 9: 6, 6: 4, 4: 2}
_CHAINS_KEPT = 65_536


@lru_cache(maxsize=_CHAINS_KEPT)
def chain(region: str) -> tuple[str, ...]:
    """The places whose rules hold in `region`, nearest first: village, township ... nation.

    Raises BadRegion for anything but CN or 2, 4, 6, 9 or 12 digits.
    """
    code = normal(region)
    if code == NATION:
        return (NATION,)
    places = [code]
    while len(code) > 2:
        code = code[: _SHORTER[len(code)]]
        places.append(code)
    return (*places, NATION)


def normal(region: str) -> str:
    """The shortest code of the same place: 460000 becomes 46, 330803104000 becomes 330803104."""
    code = region.strip()
    if code == NATION:
        return code
    if not (code.isascii() and code.isdigit() and len(code) in (2, *_SHORTER)):
        raise BadRegion(region)
    while len(code) > 2 and code.endswith(_PADDING[len(code)]):
        code = code[: _SHORTER[len(code)]]
    if code == "00":
        raise BadRegion(region)
    return code
