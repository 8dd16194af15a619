"""The worked examples of the tables: each is counted again, and must come out as it is written."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import cast

from law.clock_rows import ClockExample, Grantor
from law.clocks import ClockRule
from law.due import Due, Extension, Pause, Restart
from law.errors import LawError


def worked(rule: ClockRule, example: ClockExample) -> Due:
    """What the engine makes of an example. ValueError or LawError for one that is none."""
    return rule.due(
        example.start,
        [_pause(text) for text in example.paused],
        [_extension(text) for text in example.extended],
        [_restart(text) for text in example.restarted],
        example.in_custody,
    )


def faults_of_examples(rules: Iterable[ClockRule]) -> list[str]:
    """Every example that comes out otherwise than it is written."""
    return [
        f"{rule.version}：{example.start} {example.why}：{fault}"
        for rule in rules
        for example in rule.row.examples
        for fault in _faults(rule, example)
    ]


def _faults(rule: ClockRule, example: ClockExample) -> Iterator[str]:
    try:
        due = worked(rule, example)
    except (LawError, ValueError) as error:
        yield str(error)
        return
    answered = due.ends_at if isinstance(example.due, datetime) else due.on
    if answered != example.due or due.not_before != example.not_before:
        yield f"算得 {answered or due.unknown}，写的是 {example.due} / the due date differs"
    if due.rolled != example.rolled:
        yield f"rolled 算得 {due.rolled} / rolled differs"
    refused = tuple(refusal.code for refusal in due.refused)
    if refused != example.refused:
        yield f"refused 算得 {list(refused)} / refused differs"


def _pause(text: str) -> Pause:
    days, _, ground = text.partition(" ")
    first, last = (date.fromisoformat(day) for day in days.split(".."))
    return Pause(first, last, ground or None)


def _extension(text: str) -> Extension:
    by, _, amount = text.partition(" ")
    return Extension(int(amount) if amount else None, cast("Grantor", by))


def _restart(text: str) -> Restart:
    day, _, ground = text.partition(" ")
    return Restart(date.fromisoformat(day), ground or None)
