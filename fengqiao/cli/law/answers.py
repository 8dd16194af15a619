"""How every `fengqiao law` command answers: data on stdout, what is wrong on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import law
from fengqiao.cli.law.questions import Wrong
from law.rule import Kind

CHECKED_INVALID, INVALID, MISSING = 1, 3, 4
RULE_KINDS_ZH: Mapping[Kind, str] = {
    "clock": "期限", "gate": "条件", "levels": "层级", "practice": "地方做法"
}  # fmt: skip


def tell(data: Mapping[str, Any], page: str, as_json: bool) -> None:
    """The answer, once: one JSON object, or the page."""
    text = json.dumps(data, ensure_ascii=False, indent=2) if as_json else page.rstrip("\n")
    sys.stdout.write(f"{text}\n")


@contextmanager
def answering(as_json: bool) -> Iterator[None]:
    """Turn what is wrong with a question into words on stderr and an exit code."""
    try:
        yield
    except Wrong as wrong:
        data: dict[str, Any] = {"errors": wrong.problems}
        if wrong.nearest is not None:
            data["nearest"] = list(wrong.nearest)
        code = MISSING if wrong.is_missing else INVALID
        _refuse(data, wrong.problems.values(), code, as_json)
    except law.UnknownRule as unknown:
        data = {"errors": {"rule": str(unknown)}, "nearest": list(unknown.nearest)}
        _refuse(data, [str(unknown)], MISSING, as_json)
    except law.LawTableError as broken:
        faults = [
            {"file": fault.file, "line": fault.line, "message": fault.message}
            for fault in broken.faults
        ]
        _refuse({"clean": False, "faults": faults}, map(str, broken.faults), INVALID, as_json)
    except law.LawError as error:
        _refuse({"errors": {"question": str(error)}}, [str(error)], INVALID, as_json)


def _refuse(data: Mapping[str, Any], sentences: Iterable[str], code: int, as_json: bool) -> None:
    for sentence in sentences:
        sys.stderr.write(f"✗ {sentence}\n")
    if as_json:
        tell(data, "", as_json)
    raise SystemExit(code)
