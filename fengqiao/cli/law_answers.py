"""How every `fengqiao law` command answers: data on stdout, what is wrong on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import law
from law.due import SHANGHAI
from law.regions import NATION
from law.rule import Kind

CHECKED_INVALID, INVALID, MISSING = 1, 3, 4
RULE_KINDS_ZH: Mapping[Kind, str] = {
    "clock": "期限", "gate": "条件", "levels": "层级", "practice": "地方做法"
}  # fmt: skip
VILLAGE_DIGITS, TOWNSHIP_DIGITS = 12, 9


class Wrong(Exception):
    """What the user wrote and cannot be asked; `problems` names every part."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{part}: {why}" for part, why in self.problems.items()))


class Parts:
    """The parts of a question, each read on its own, so that all that is wrong is said at once."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def read(self, part: str, reader: Callable[[Any], Any], text: Any) -> Any:
        """What `reader` makes of it; None, and its problem kept, where it makes nothing."""
        try:
            return reader(text)
        except ValueError as error:
            self.problems[part] = str(error)
            return None

    def require_all(self) -> None:
        """Raises Wrong with every problem met so far."""
        if self.problems:
            raise Wrong(self.problems)


def a_day(text: str) -> date:
    """A date; ValueError says how to write one."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"“{text}”不是一个日期，请写作 2026-03-02 / not a date") from error


def a_moment(text: str) -> date | datetime:
    """A date, or a time of day; a time without a zone is China Standard Time."""
    if "T" not in text and ":" not in text:
        return a_day(text)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"“{text}”不是一个时刻，请写作 2026-03-02T15:30 / not a time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def a_region(text: str) -> str:
    """A division that exists or existed; ValueError (BadRegion for what is no code) otherwise.

    Villages are listed for some provinces only: elsewhere their township's code decides.
    """
    code = law.regions.normal(text)
    if code == NATION:
        return code
    from law import divisions

    known = divisions.load()
    if not known.history(code) and not (
        len(code) == VILLAGE_DIGITS and known.history(code[:TOWNSHIP_DIGITS])
    ):
        raise ValueError(f"没有区划代码 {text}，请核对，如 330803 / no such division")
    return code


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
        _refuse({"errors": wrong.problems}, wrong.problems.values(), INVALID, as_json)
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


def _refuse(data: Mapping[str, Any], sentences: Any, code: int, as_json: bool) -> None:
    for sentence in sentences:
        sys.stderr.write(f"✗ {sentence}\n")
    if as_json:
        tell(data, "", as_json)
    raise SystemExit(code)
