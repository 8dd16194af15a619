"""`fengqiao law export|import`: every rule in one workbook for a lawyer, and what came back.

The workbook has a column for a signature and its date. `import --plan` changes nothing: it shows
what differs from the tables, and for which rows a signature stands; those rows have the same value
as the tables have today (`content_sha256`). The hash covers the whole row save its note, examples
and signature: an edited note is told and drops no signature, any other edit does. A signature is
entered by hand beside its row.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import law
from fengqiao.cli.law.answers import RULE_KINDS_ZH, answering, tell
from fengqiao.cli.law.cell_days import day_of_cell
from fengqiao.cli.law.content import ALSO, EXPIRY, ROLL, WARNING, content_lines, details
from fengqiao.cli.law.questions import Wrong
from fengqiao.cli.law.sheets import BadWorkbook, read_workbook, write_workbook
from law.rule import Rule

SIGNED_BY, SIGNED_ON, SHA = "审签人", "审签日期", "校验值（勿改）"
VERSION, SINCE, UNTIL = "版本（勿改）", "起", "止"
NOTE, COVERED = "注（不在审签之内）", "审签盖住的全部内容"
COLUMNS = (
    VERSION, "规则", "名称", "内容", "规范", "条文", "原文", ALSO, ROLL, WARNING, EXPIRY, "区划",
    SINCE, UNTIL, "性质", "把握", COVERED, NOTE, SIGNED_BY, SIGNED_ON, SHA,
)  # fmt: skip
JUDGED = COLUMNS[1 : COLUMNS.index(SIGNED_BY)]
"""The columns that a lawyer may correct; a corrected row is not signed, save for its note."""


def export(file: Path, *, tables: Sequence[Path], as_json: bool) -> None:
    """Every rule in one workbook, with a column for the signature."""
    with answering(as_json):
        rules = law.load(*tables).rules
        sheets: dict[str, list[Sequence[str]]] = {
            name: [COLUMNS] for name in RULE_KINDS_ZH.values()
        }
        for rule in rules:
            sheets[RULE_KINDS_ZH[rule.kind]].append(_cells(rule))
        try:
            write_workbook(file, sheets)
        except OSError as error:
            raise Wrong({"file": f"不能写 {file}：{error.strerror} / cannot write"}) from error
        tell({"file": str(file), "rules": len(rules)}, f"{file}：{len(rules)} 条规则", as_json)


def plan_import(file: Path, *, plan: bool, tables: Sequence[Path], as_json: bool) -> None:
    """What a returned workbook would change, and which signatures stand; always a `plan`."""
    assert plan
    with answering(as_json):
        book = law.load(*tables)
        try:
            returned = _rows(read_workbook(file))
        except FileNotFoundError as error:
            raise Wrong({"file": f"没有文件 {file} / no such file"}) from error
        except OSError as error:
            raise Wrong({"file": f"不能读 {file}：{error.strerror} / cannot read"}) from error
        except BadWorkbook as error:
            raise Wrong({"file": str(error)}) from error
        data = _plan(book.rules, returned)
        tell(data, "\n".join(_lines(data)), as_json)


def _cells(rule: Rule) -> list[str]:
    row = rule.row
    return [
        rule.version, rule.id, rule.title_zh, rule.value_zh, row.instrument, row.article,
        row.quote or "", *details(rule).values(), row.region, str(row.valid_from),
        str(row.valid_to or ""), row.basis, row.mark, "\n".join(content_lines(row)),
        row.note or "",
        (row.signed_by or "") if rule.signed else "",
        str(row.signed_on or "") if rule.signed else "", row.content_sha256,
    ]  # fmt: skip


def _rows(sheets: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, dict[str, str]]:
    """Every returned row by its version; BadWorkbook for another heading, or a row given twice."""
    found: dict[str, dict[str, str]] = {}
    for name, rows in sheets.items():
        heading = list(rows[0]) if rows else []
        if not {VERSION, SHA, SIGNED_BY, SIGNED_ON} <= set(heading):
            raise BadWorkbook(f"工作表“{name}”的标题行不是导出的样子 / not our heading")
        for cells in rows[1:]:
            row = defaultdict(str, zip(heading, cells, strict=False))
            if row[VERSION] in found:
                raise BadWorkbook(f"{row[VERSION]} 有两行 / given twice")
            if row[VERSION]:
                found[row[VERSION]] = row
    return found


def _plan(rules: Sequence[Rule], returned: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    known = {rule.version: rule for rule in rules}
    signatures, lost, changes = [], [], []
    for version, row in returned.items():
        rule = known.get(version)
        if rule is None:
            continue
        edits = _edits(rule, row)
        changes += [{"version": version, **edit} for edit in edits]
        why = _why_not_signed(rule, row, edits)
        if why is None:
            signatures.append(_signature(rule, row))
        elif row[SIGNED_BY].strip():
            lost.append({"version": version, "why": why})
    return {
        "changes": changes,
        "signatures": signatures,
        "signatures_lost": lost,
        "not_in_tables": sorted(returned.keys() - known.keys()),
        "not_in_workbook": sorted(known.keys() - returned.keys()),
    }


def _edits(rule: Rule, row: Mapping[str, str]) -> list[dict[str, Any]]:
    now = dict(zip(COLUMNS, _cells(rule), strict=True))
    return [
        {
            "column": column,
            "table": now[column],
            "workbook": row[column],
            "drops_signature": column != NOTE,
        }
        for column in JUDGED
        if _plain(column, row[column]) != _plain(column, now[column])
    ]


def _plain(column: str, cell: str) -> str | date:
    """A cell as it is compared: a day however a program wrote it, a text without its rim."""
    if column in (SINCE, UNTIL):
        try:
            return day_of_cell(cell)
        except ValueError:
            return cell.strip()
    return cell.replace("\r\n", "\n").strip()


def _why_not_signed(
    rule: Rule, row: Mapping[str, str], edits: Sequence[Mapping[str, Any]]
) -> str | None:
    """None where the signature stands."""
    if not row[SIGNED_BY].strip():
        return "没有审签"
    if row[SHA] != rule.row.content_sha256:
        return "导出之后规则表改过，请重新审签 / the table changed since"
    if any(edit["drops_signature"] for edit in edits):
        return "审签时改了内容，先改规则表再审签 / the row was corrected"
    try:
        day_of_cell(row[SIGNED_ON])
    except ValueError as error:
        return str(error)
    return None


def _signature(rule: Rule, row: Mapping[str, str]) -> dict[str, str]:
    return {
        "version": rule.version,
        "signed_by": row[SIGNED_BY].strip(),
        "signed_on": day_of_cell(row[SIGNED_ON]).isoformat(),
        "signed_sha256": rule.row.content_sha256,
    }


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"内容不同 {len(data['changes'])} 处，可保留的审签 {len(data['signatures'])} 条"
    for one in data["changes"]:
        what_follows = "改后须重新审签" if one["drops_signature"] else "不在审签之内，审签不受影响"
        yield f"  {one['version']} {one['column']}：{one['table']} → {one['workbook']}"
        yield f"    （{what_follows}）"
    for one in data["signatures"]:
        yield f"  审签 {one['version']}：{one['signed_by']} {one['signed_on']}"
        yield f"    signed_sha256: {one['signed_sha256']}"
    yield from (f"  审签不保留 {one['version']}：{one['why']}" for one in data["signatures_lost"])
    yield from (f"  规则表里没有 {version}" for version in data["not_in_tables"])
    yield from (f"  工作簿里没有 {version}" for version in data["not_in_workbook"])
