"""A workbook (.xlsx) of plain texts, written and read with the standard library alone.

Only texts, no formula and no number: what a lawyer types comes back as it was typed. ECMA-376:
inline strings are written; shared strings, as office programs save them, are read too.
"""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[str]]

FILE_BYTES_MAX = 20_000_000
PART_BYTES_MAX = 50_000_000
COLUMN_WIDTH = 24

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CELL = re.compile(r"^([A-Z]+)\d+$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class BadWorkbook(ValueError):
    """A file that is no workbook, or is larger than one of ours can be."""


def write_workbook(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Write the sheets in order; the first row of each is its heading."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", _content_types(len(sheets)))
        book.writestr("_rels/.rels", _relations({"rId1": ("officeDocument", "xl/workbook.xml")}))
        book.writestr("xl/workbook.xml", _workbook(sheets))
        parts = {
            f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)
        }
        book.writestr("xl/_rels/workbook.xml.rels", _relations(parts))
        for n, rows in enumerate(sheets.values(), 1):
            book.writestr(f"xl/worksheets/sheet{n}.xml", _worksheet(rows))


def read_workbook(path: Path) -> dict[str, list[list[str]]]:
    """Every sheet's rows as texts. Raises BadWorkbook, or OSError where it cannot be read."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise BadWorkbook(f"{path} 大于 {FILE_BYTES_MAX} 字节 / too large")
    try:
        with zipfile.ZipFile(BytesIO(path.read_bytes())) as book:
            shared = _shared(book)
            return {
                name: [_texts(row, shared) for row in _part(book, part).iter(f"{{{_MAIN}}}row")]
                for name, part in _sheets(book)
            }
    except (zipfile.BadZipFile, KeyError, ET.ParseError) as error:
        raise BadWorkbook(f"{path} 不是一个 .xlsx 工作簿 / no workbook: {error}") from error


def _content_types(count: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
        for n in range(1, count + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/>{sheets}</Types>'
    )


def _relations(parts: Mapping[str, tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in parts.items()
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _workbook(names: Iterable[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, 1)
    )
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    )


def _worksheet(rows: Rows) -> str:
    body = "".join(
        f'<row r="{n}">{"".join(_cell(n, place, text) for place, text in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
    )
    width = max((len(row) for row in rows), default=1)
    columns = f'<cols><col min="1" max="{width}" width="{COLUMN_WIDTH}" customWidth="1"/></cols>'
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">{columns}<sheetData>{body}</sheetData></worksheet>'


def _cell(row: int, place: int, text: str) -> str:
    if not text:
        return ""
    kept = escape(_CONTROL.sub("", text))
    reference = f"{_letters(place)}{row}"
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{kept}</t></is></c>'


def _letters(place: int) -> str:
    letters, left = "", place + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def _place(reference: str) -> int:
    found = _CELL.match(reference)
    if found is None:
        raise BadWorkbook(f"单元格编号 {reference!r} 不对 / bad cell reference")
    place = 0
    for letter in found.group(1):
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _part(book: zipfile.ZipFile, name: str) -> ET.Element:
    if book.getinfo(name).file_size > PART_BYTES_MAX:
        raise BadWorkbook(f"{name} 大于 {PART_BYTES_MAX} 字节 / too large")
    return ET.fromstring(book.read(name))  # noqa: S314  sizes are limited, no DTD is read


def _sheets(book: zipfile.ZipFile) -> list[tuple[str, str]]:
    properties = _part(book, "xl/workbook.xml").find(f"{{{_MAIN}}}workbookPr")
    if properties is not None and properties.get("date1904") in ("1", "true"):
        raise BadWorkbook("工作簿用了 1904 日期系统，请在选项里取消 / the 1904 date system")
    relations = _part(book, "xl/_rels/workbook.xml.rels")
    targets = {one.attrib["Id"]: one.attrib["Target"].lstrip("/") for one in relations}
    return [
        (sheet.attrib["name"], _inside(targets[sheet.attrib[f"{{{_OFFICE}}}id"]]))
        for sheet in _part(book, "xl/workbook.xml").iter(f"{{{_MAIN}}}sheet")
    ]


def _inside(target: str) -> str:
    return target if target.startswith("xl/") else f"xl/{target}"


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    return [_joined(one) for one in _part(book, "xl/sharedStrings.xml").iter(f"{{{_MAIN}}}si")]


def _texts(row: ET.Element, shared: Sequence[str]) -> list[str]:
    texts: list[str] = []
    for cell in row.iter(f"{{{_MAIN}}}c"):
        place = _place(cell.attrib["r"])
        texts += [""] * (place - len(texts))
        value = cell.find(f"{{{_MAIN}}}v")
        if cell.attrib.get("t") == "s" and value is not None and value.text:
            texts.append(shared[int(value.text)])
        elif value is not None:
            texts.append(value.text or "")
        else:
            texts.append(_joined(cell))
    return texts


def _joined(element: ET.Element) -> str:
    """The runs of a text, without the phonetic guides that some programs add."""
    return "".join(part.text or "" for part in element.iter(f"{{{_MAIN}}}t"))
