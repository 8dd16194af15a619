"""Every clock row carries cases worked out by a person; the engine must come to the same dates."""

from datetime import date, datetime

import pytest

import law
from law.clock_rows import ClockExample
from law.examples import worked
from law.local_time import local_day
from law.notice import SATURDAY

EXAMPLES = [(rule, example) for rule in law.load().clocks for example in rule.row.examples]


@pytest.mark.parametrize(
    ("rule", "example"),
    EXAMPLES,
    ids=[f"{rule.version}: {example.why}" for rule, example in EXAMPLES],
)
def test_the_engine_agrees_with_the_case_worked_out_by_hand(
    rule: law.ClockRule, example: ClockExample
) -> None:
    due = worked(rule, example)

    answered = due.ends_at if isinstance(example.due, datetime) else due.on
    assert answered == example.due
    assert (due.unknown is None) == (example.due is not None)
    assert due.not_before == example.not_before
    assert due.rolled == example.rolled
    assert tuple(refusal.code for refusal in due.refused) == example.refused


@pytest.mark.parametrize("rule", law.load().clocks, ids=lambda rule: rule.version)
def test_each_row_shows_what_it_allows_and_what_it_refuses(rule: law.ClockRule) -> None:
    examples = rule.row.examples
    admitted = [example for example in examples if not example.refused]
    paused = {text.partition(" ")[2] for example in admitted for text in example.paused}
    restarted = {text.partition(" ")[2] for example in admitted for text in example.restarted}

    refused = [code for example in examples for code in example.refused]
    assert "pause_refused" in refused
    assert "extension_refused" in refused
    assert {pause.ground for pause in rule.row.pauses} <= paused
    assert {restart.ground for restart in rule.row.restarts} <= restarted
    assert rule.row.rolls_in_custody or any(example.in_custody for example in examples)
    if rule.row.extension:
        assert any(example.extended for example in admitted)


@pytest.mark.parametrize("rule", law.load().clocks, ids=lambda rule: rule.version)
def test_each_row_has_a_case_that_crosses_a_year(rule: law.ClockRule) -> None:
    ends = [(one.start, one.due or one.not_before) for one in rule.row.examples]

    assert any(end is not None and start.year < end.year for start, end in ends)


@pytest.mark.parametrize("rule", law.load().clocks, ids=lambda rule: rule.version)
def test_each_row_has_a_case_over_a_holiday(rule: law.ClockRule) -> None:
    calendar = law.load().calendar
    spans = [(one.start, one.due or one.not_before) for one in rule.row.examples]
    days = [
        (local_day(start).toordinal(), local_day(end).toordinal())
        for start, end in spans
        if end is not None
    ]

    def is_holiday(day: date) -> bool:
        return day.weekday() < SATURDAY and calendar.covers(day) and not calendar.is_working(day)

    assert any(
        is_holiday(date.fromordinal(day)) for first, last in days for day in range(first, last + 1)
    )
