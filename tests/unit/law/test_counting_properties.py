"""What must hold for every clock, whatever the dates: order, splitting and growth of pauses."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

import law
from law import Extension, Pause, Restart
from law.clock_rows import Unit
from law.counting import add_months, derive
from law.terms import ExtensionLimit, Terms

CALENDAR = law.load().calendar
UNITS: list[Unit] = ["day", "working_day", "month"]

starts = st.dates(date(2024, 1, 1), date(2025, 6, 30))


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    first = draw(st.dates(date(2024, 1, 1), date(2025, 12, 31)))
    return Pause(first, first + timedelta(days=draw(st.integers(0, 20))))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    unit = draw(st.sampled_from(UNITS))
    return Terms(
        start_act_zh="某行为",
        start_act_en="an act",
        unit=unit,
        budget=draw(st.integers(1, 3 if unit == "month" else 60)),
        rolls_by=None if unit == "working_day" else draw(st.sampled_from([None, "某条"])),
        pause_grounds={"any": ("任何", "any")},
        restart_grounds={"anew": ("重新计算", "anew")},
        extension=ExtensionLimit("both_parties", "双方", "both", None, unit, None),
        warn_after=(1,),
    )


ledgers = st.lists(pauses(), max_size=6)


def last_day(rules: Terms, start: date, ledger: list[Pause], *more: Extension) -> date:
    due = derive(rules, CALENDAR, start, ledger, more)
    assume(due.on is not None)
    assert due.on is not None
    return due.on


@given(terms(), starts, ledgers, pauses())
def test_more_pause_never_makes_a_clock_due_earlier(
    rules: Terms, start: date, ledger: list[Pause], another: Pause
) -> None:
    assert last_day(rules, start, [*ledger, another]) >= last_day(rules, start, ledger)


@given(terms(), starts, ledgers, st.data())
def test_splitting_a_pause_changes_nothing(
    rules: Terms, start: date, ledger: list[Pause], data: st.DataObject
) -> None:
    first = data.draw(st.dates(date(2024, 1, 1), date(2025, 12, 1)))
    cut = first + timedelta(days=data.draw(st.integers(0, 10)))
    last = cut + timedelta(days=data.draw(st.integers(1, 10)))

    whole = last_day(rules, start, [*ledger, Pause(first, last)])
    split = last_day(
        rules, start, [*ledger, Pause(first, cut), Pause(cut + timedelta(days=1), last)]
    )

    assert whole == split


@given(terms(), starts, ledgers, st.randoms())
def test_the_order_of_pauses_changes_nothing(
    rules: Terms, start: date, ledger: list[Pause], random: Random
) -> None:
    shuffled = random.sample(ledger, len(ledger))

    assert last_day(rules, start, shuffled) == last_day(rules, start, ledger)


@given(terms(), starts, ledgers, st.integers(1, 12))
def test_an_extension_never_shortens(
    rules: Terms, start: date, ledger: list[Pause], amount: int
) -> None:
    plain = last_day(rules, start, ledger)

    assert last_day(rules, start, ledger, Extension(amount)) >= plain


@given(terms(), starts, ledgers)
def test_a_due_working_day_is_a_working_day_and_so_is_a_rolled_day(
    rules: Terms, start: date, ledger: list[Pause]
) -> None:
    on = last_day(rules, start, ledger)

    if rules.unit == "working_day" or rules.rolls_by:
        assert CALENDAR.is_working(on)


@given(terms(), starts, ledgers)
def test_warnings_come_after_the_start_and_before_the_end(
    rules: Terms, start: date, ledger: list[Pause]
) -> None:
    assume(rules.budget > 1 or rules.unit == "month")
    due = derive(rules, CALENDAR, start, ledger)
    assume(due.ends_at is not None)

    assert due.ends_at is not None
    assert due.warn_at
    assert all(start < warning.date() for warning in due.warn_at)
    assert all(warning < due.ends_at for warning in due.warn_at)


@given(terms(), starts, ledgers)
def test_the_steps_tell_the_whole_derivation(
    rules: Terms, start: date, ledger: list[Pause]
) -> None:
    due = derive(rules, CALENDAR, start, ledger)
    assume(due.on is not None)

    assert due.steps[0].kind == "start"
    assert due.steps[-1].on == due.on
    assert all(earlier.on <= later.on for earlier, later in pairwise(due.steps))
    assert all(step.zh and step.en for step in due.steps)


@given(st.dates(date(1992, 1, 1), date(2090, 1, 1)), st.integers(1, 120))
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int
) -> None:
    later = add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (
        later.day < day.day and (later + timedelta(days=1)).month != later.month
    )


@given(terms(), starts, ledgers, st.integers(0, 90))
def test_a_restart_counts_like_a_clock_that_begins_that_day(
    rules: Terms, start: date, ledger: list[Pause], later: int
) -> None:
    day = start + timedelta(days=later)

    due = derive(rules, CALENDAR, start, ledger, restarts=[Restart(day)])

    assert due.on == derive(rules, CALENDAR, day, ledger).on


@given(terms(), starts, ledgers)
def test_nobody_in_custody_waits_longer_than_one_who_is_free(
    rules: Terms, start: date, ledger: list[Pause]
) -> None:
    kept = replace(rules, rolls_in_custody=False)

    free = derive(kept, CALENDAR, start, ledger)
    held = derive(kept, CALENDAR, start, ledger, in_custody=True)

    assume(free.on is not None)
    assert held.on is not None
    assert free.on is not None
    assert held.on <= free.on
    assert not held.rolled
