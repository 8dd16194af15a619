"""Write law/tables/divisions/*.tsv.gz from public lists of divisions; not needed at run time.

    python deploy/law/pack_divisions.py --counties loc.dat --changes historical_changes_v1.json \
        --areas nbs2023_areas.csv.gz --cities nbs2023_cities.csv.gz \
        --streets nbs2023_streets.csv.gz --villages nbs2023_villages.csv.gz --of 33 \
        --divisions mca2025_divisions.json --townships mca2025_townships.json.gz \
        --out law/tables/divisions/nation.tsv.gz

The first part of the table is sorted by code, the second, after an empty line, by name. Both are
searched as they lie (law/divisions.py), so that nothing is built when it is read. A line of the
first part is `code, name, valid_from, valid_to, status, successors, sources`, one of the second
`name, codes`. A code has its own length (2 province, 4 city, 6 county, 9 township, 12 village); the
years are empty where no list says; `status` and `sources` are the letters of law/divisions.py. What
became of a township of 2023 is told as in deploy/directory/make_facts.py: the same name, or alone
of its stem, under another code of its county is its successor; anything else is not guessed.
"""

import argparse
import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OF_2023, OF_2025 = "2023", "2025"
SIMILAR_TO_TOWNSHIPS = 400
"""From this number on a township code is the statistics bureau's alone (类似乡级单位)."""
YEARS_APART_MAX = 1
AS_LISTED_2025 = ("81", "82")
NO_PLACES = ("市辖区", "县", "省直辖县级行政单位", "自治区直辖县级行政单位")
"""Names of a row of the code tables that are no place."""

ENDINGS = ("街道", "镇", "乡")

_COUNTY = re.compile(r'^\s*(\d{2,4}) (?:province|county)="([^"]*)"')
_NAME_IN_TIME = re.compile(r"(?:\[(\d{4})?-(\d{4})?\])?([^,\[]+)")


@dataclass(slots=True)
class Line:
    """One line of the table."""

    code: str
    name: str
    valid_from: str = ""
    valid_to: str = ""
    status: str = "c"
    successors: list[str] = field(default_factory=list)
    sources: str = ""

    def text(self) -> str:
        """Its seven columns."""
        columns = (
            self.code, self.name, self.valid_from, self.valid_to, self.status,
            ",".join(self.successors), self.sources,
        )  # fmt: skip
        return "\t".join(columns)


def main() -> None:
    """Read the lists, write the table."""
    options = _options()
    lines = list(_counties(options.counties))
    _note_listing(lines, _areas(options.cities, options.areas), "N")
    _note_listing(lines, _listed_2025(options.divisions), "M")
    _close_what_is_not_listed(lines)
    _note_successors(lines, json.loads(options.changes.read_text("utf-8"))["events"])
    lines += _townships(
        {row["code"]: row["name"] for row in _csv(options.streets)}, _json(options.townships)
    )
    lines += (
        Line(row["code"], row["name"], sources="N")
        for row in _csv(options.villages)
        if row["provinceCode"] in options.of
    )
    lines.sort(key=lambda line: (line.code, line.valid_from, line.valid_to))
    table = "\n\n".join(("\n".join(line.text() for line in lines), "\n".join(_by_name(lines))))
    with options.out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(table.encode())


def _by_name(lines: Iterable[Line]) -> list[str]:
    codes: dict[str, set[str]] = {}
    for line in lines:
        codes.setdefault(line.name, set()).add(line.code)
    names = sorted(codes, key=lambda name: name.encode())
    return [f"{name}\t{','.join(sorted(codes[name]))}" for name in names]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", action="append", required=True, help="provinces with villages")
    for option in (
        "--counties", "--changes", "--areas", "--cities", "--streets", "--villages",
        "--divisions", "--townships", "--out",
    ):  # fmt: skip
        parser.add_argument(option, type=Path, required=True)
    return parser.parse_args()


def _counties(path: Path) -> Iterator[Line]:
    """Provinces, cities and counties with their years, as python-stdnum keeps them."""
    province = ""
    for text in path.read_text("utf-8").splitlines():
        found = _COUNTY.match(text)
        if found is None:
            continue
        digits, names = found.groups()
        if len(digits) == 2:
            province = digits
        if digits == "0000" or province in AS_LISTED_2025:
            continue
        code = province if len(digits) == 2 else _short(province + digits)
        for since, until, name in _NAME_IN_TIME.findall(names):
            yield Line(code, name, since, until, "a" if until else "c", sources="W")


def _areas(cities: Path, areas: Path) -> dict[str, str]:
    return {row["code"]: row["name"] for path in (cities, areas) for row in _csv(path)}


def _listed_2025(path: Path) -> dict[str, str]:
    listed: dict[str, str] = {}
    for province, in_province in json.loads(path.read_text("utf-8"))["provinces"].items():
        listed[_short(in_province["code"])] = province
        for city, in_city in in_province["cities"].items():
            if in_city["code"] is not None:
                listed[_short(in_city["code"])] = city
            listed |= {_short(code): name for name, code in in_city["counties"].items()}
    return listed


def _note_listing(lines: list[Line], listed: dict[str, str], source: str) -> None:
    """Mark what a list shows too; what it alone shows becomes a line of its own."""
    open_lines = {(line.code, line.name): line for line in lines if not line.valid_to}
    for code, name in listed.items():
        line = open_lines.get((code, name))
        if line is None:
            lines.append(
                Line(
                    code, name, OF_2025 if len(code) == 6 and source == "M" else "", sources=source
                )
            )
        else:
            line.sources += source


def _close_what_is_not_listed(lines: list[Line]) -> None:
    """A code that the list of 2025 leaves out, or shows under another name, is in doubt."""
    for line in lines:
        if line.valid_to or "M" in line.sources or line.code.startswith("71"):
            continue
        if "W" not in line.sources or line.name in NO_PLACES:
            line.status = "s"
        else:
            line.status, line.valid_to = "u", OF_2023 if "N" in line.sources else ""


def _note_successors(lines: list[Line], events: list[dict[str, Any]]) -> None:
    """Who followed whom; a code of between, which the years do not list, is passed over."""
    known = {line.code for line in lines}
    recoded = [
        (event["year"], _short(event["old"]["code"]), event["old"]["name"],
         _short(event["new"]["code"]))
        for event in events
        if (event["old"] or {}).get("code") and (event["new"] or {}).get("code")
        and event["old"]["code"] != event["new"]["code"]
    ]  # fmt: skip
    later = {old: new for _, old, _, new in recoded}
    ended: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line.status in ("a", "u"):
            ended.setdefault((line.code, line.name), []).append(line)
    for year, old, name, new in recoded:
        successor = new if new in known else later.get(new, "")
        for line in ended.get((old, name), ()):
            near = abs(int(line.valid_to or OF_2023) - year) <= YEARS_APART_MAX
            if near and successor in known - {old, *line.successors}:
                line.successors.append(successor)


def _townships(of_2023: dict[str, str], counties: dict[str, Any]) -> Iterator[Line]:
    of_2025 = {
        code[:6]: {name: listed[:9] for name, listed in county["townships"].items()}
        for code, county in counties.items()
    }
    shown: set[tuple[str, str]] = set()
    for code, name in of_2023.items():
        line = _township(code, name, of_2025.get(code[:6]))
        shown.add((code, name))
        yield line
    for listed in of_2025.values():
        for name, code in listed.items():
            if (code, name) not in shown:
                yield Line(code, name, OF_2025, sources="M")


def _township(code: str, name: str, listed: dict[str, str] | None) -> Line:
    if listed is None or (name not in listed and int(code[6:]) >= SIMILAR_TO_TOWNSHIPS):
        return Line(code, name, status="s", sources="N")
    if listed.get(name) == code:
        return Line(code, name, sources="NM")
    if name in listed:
        return Line(code, name, "", OF_2023, "a", [listed[name]], "N")
    if code in listed.values():
        return Line(code, name, "", OF_2023, "a", [code], "N")
    alike = [other for earlier, other in listed.items() if _stem(earlier) == _stem(name)]
    if len(alike) == 1:
        return Line(code, name, "", OF_2023, "a", alike, "N")
    return Line(code, name, "", OF_2023, "u", [], "N")


def _stem(name: str) -> str:
    ending = next((ending for ending in ENDINGS if name.endswith(ending)), "")
    return name.removesuffix(ending)


def _short(code: str) -> str:
    code = code[:6]
    for _ in range(2):
        code = code.removesuffix("00")
    return code


def _csv(path: Path) -> Iterable[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _json(path: Path) -> dict[str, Any]:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        content: dict[str, Any] = json.load(text)
    return content


if __name__ == "__main__":
    main()
