"""The dispute code (案码): `<6-digit county>-<year>-<10 Crockford base32>-<check>`, for life.

A code says which county minted it and in which year; the rest is random (50 bits), so it holds no
personal data and two edges need not ask each other. The check character is ISO 7064 MOD 37,36,
taken over *random ‖ county ‖ year*. In the printed order the standard would let an adjacent swap
inside some counties' fixed digits pass in every code of that county; with the random part first
the check's state on entering them differs from draw to draw, and `mint` draws again whenever any
adjacent swap of the whole code would still read (docs/decisions/0004-dispute-code-check.md).

Reading ignores case, dashes and full-width forms, and takes I and L for 1 and O for 0
(Crockford base32); `U` is no character of a code.
"""

from collections.abc import Callable

from stdnum.iso7064 import mod_37_36

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
COUNTY_DIGITS = 6
YEAR_DIGITS = 4
RANDOM_CHARS = 10
CODE_CHARS = COUNTY_DIGITS + YEAR_DIGITS + RANDOM_CHARS + 1
TEXT_CHARS_MAX = 64
DRAWS_MAX = 64

_FIXED = COUNTY_DIGITS + YEAR_DIGITS
_BITS = 5
_RANDOM_BYTES = (RANDOM_CHARS * _BITS + 7) // 8
_FULL_WIDTH = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
_DASHES = dict.fromkeys(map(ord, "-‐‑‒–—―−"))
_LOOKALIKES = str.maketrans("ILO", "110")
_MODULUS = 36
_VALUES = {char: n for n, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_DOUBLED = tuple((n or _MODULUS) * 2 % (_MODULUS + 1) for n in range(_MODULUS))


class BadDisputeCode(ValueError):
    """A text that is no dispute code.

    `text` is what was given; it stays out of the message, since a clerk may have pasted an ID
    number into the wrong field.
    """

    def __init__(self, text: str, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"案码无效：{reason_zh} / not a dispute code: {reason_en}")
        self.text = text
        self.reason_zh = reason_zh
        self.reason_en = reason_en


class NoCodeDrawn(RuntimeError):
    """The source of randomness gave no usable code in `draws` draws; it is broken or constant."""

    def __init__(self, county: str, year: int, draws: int) -> None:
        super().__init__(f"no dispute code for {county}-{year} in {draws} draws")
        self.county = county
        self.year = year
        self.draws = draws


def mint(county: str, year: int, random: Callable[[int], bytes]) -> str:
    """A new code in canonical form; `random(n)` gives n random bytes, as `os.urandom` does.

    Raises BadDisputeCode for a county or year that cannot stand in a code, NoCodeDrawn when
    DRAWS_MAX draws gave nothing usable.
    """
    fixed = f"{county}{year:0{YEAR_DIGITS}d}"
    _require_fixed_part(fixed, county)
    for _ in range(DRAWS_MAX):
        body = fixed + _draw(random)
        compact = body + mod_37_36.calc_check_digit(_check_order(body))
        if compact[-1] in CROCKFORD and not _has_silent_swap(compact):
            return _printed(compact)
    raise NoCodeDrawn(county, year, DRAWS_MAX)


def parse(text: str) -> str:
    """The canonical form of a code as a person or a system wrote it; raises BadDisputeCode."""
    if len(text) > TEXT_CHARS_MAX:
        raise BadDisputeCode(
            text, f"超过 {TEXT_CHARS_MAX} 个字符", f"longer than {TEXT_CHARS_MAX} characters"
        )
    compact = _compact(text)
    if stray := compact.lstrip(CROCKFORD)[:1]:
        raise BadDisputeCode(
            text,
            f"含有案码不用的字符“{stray}”",
            f"it holds {stray!r}, which no dispute code uses",
        )
    if len(compact) != CODE_CHARS:
        raise BadDisputeCode(
            text,
            f"应为 {CODE_CHARS} 位（不计连字符），实为 {len(compact)} 位",
            f"{CODE_CHARS} characters are needed without dashes, {len(compact)} were given",
        )
    _require_fixed_part(compact[:_FIXED], text)
    if not _checks(compact):
        raise BadDisputeCode(
            text,
            "校验码不符，请核对是否抄错或调换了字符",
            "the check character does not fit: a character was mistyped or two were swapped",
        )
    return _printed(compact)


def _compact(text: str) -> str:
    bare = text.translate(_FULL_WIDTH).translate(_DASHES).strip()
    return bare.upper().translate(_LOOKALIKES) if bare.isascii() else bare


def _require_fixed_part(fixed: str, text: str) -> None:
    if len(fixed) != _FIXED or not (fixed.isascii() and fixed.isdigit()) or fixed[0] == "0":
        raise BadDisputeCode(
            text,
            "前 10 位应为 6 位县级区划代码和 4 位年份",
            "it begins with a 6-digit county and a 4-digit year",
        )


def _draw(random: Callable[[int], bytes]) -> str:
    number = int.from_bytes(random(_RANDOM_BYTES), "big")
    places = range(0, RANDOM_CHARS * _BITS, _BITS)
    return "".join(CROCKFORD[number >> place & 0b11111] for place in places)


def _check_order(body: str) -> str:
    return body[_FIXED:] + body[:_FIXED]


def _has_silent_swap(compact: str) -> bool:
    swaps = (
        compact[:i] + compact[i + 1] + compact[i] + compact[i + 2 :] for i in range(CODE_CHARS - 1)
    )
    return any(swapped != compact and _checks(swapped) for swapped in swaps)


def _checks(compact: str) -> bool:
    """Whether the check character fits: ISO 7064 MOD 37,36 as stdnum has it, by tables, because
    every record that arrives is asked."""
    check = _MODULUS // 2
    for char in _check_order(compact[:-1]) + compact[-1]:
        check = (_DOUBLED[check] + _VALUES[char]) % _MODULUS
    return check == 1


def _printed(compact: str) -> str:
    county, year = compact[:COUNTY_DIGITS], compact[COUNTY_DIGITS:_FIXED]
    return f"{county}-{year}-{compact[_FIXED:-1]}-{compact[-1]}"
