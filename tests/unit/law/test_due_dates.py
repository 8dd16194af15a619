"""A clock's answer: what it refuses, what it does not know, and what it says about itself."""

from datetime import UTC, date, datetime, timedelta

import pytest

import law
from law import SHANGHAI, AgreedLimit, Extension, Pause
from law.counting import EXTENSIONS_MAX, PAUSES_MAX, derive
from law.terms import Terms

CASE_FILED = date(2026, 3, 2)


@pytest.fixture
def police_case() -> law.ClockRule:
    rule = law.load().clock("police.case", region="330803", started_on=CASE_FILED)
    assert rule is not None
    return rule


def test_a_pause_that_ends_before_it_begins_is_refused_at_once() -> None:
    with pytest.raises(law.BadPeriod, match="2026-03-04 至 2026-03-03"):
        Pause(date(2026, 3, 4), date(2026, 3, 3))


def test_an_extension_by_nothing_is_refused_at_once() -> None:
    with pytest.raises(law.BadPeriod):
        Extension(0)


def test_a_ledger_without_end_is_refused(police_case: law.ClockRule) -> None:
    one_day = Pause(date(2026, 3, 4), date(2026, 3, 4))

    with pytest.raises(law.BadPeriod):
        police_case.due(CASE_FILED, [one_day] * (PAUSES_MAX + 1))
    with pytest.raises(law.BadPeriod):
        police_case.due(CASE_FILED, (), [Extension()] * (EXTENSIONS_MAX + 1))


@pytest.mark.parametrize("day", [date(1026, 3, 2), date(2226, 3, 2), date(9999, 12, 31)])
def test_a_year_of_no_act_is_refused_and_not_counted_from(
    police_case: law.ClockRule, day: date
) -> None:
    with pytest.raises(law.BadActTime, match="核对年份"):
        police_case.due(day)


def test_what_would_count_for_ever_is_refused() -> None:
    """A mistyped year or number ends in words, not in an overflow."""
    far = date(9999, 12, 31)

    with pytest.raises(law.BadPeriod, match="核对年份"):
        Pause(CASE_FILED, far)
    with pytest.raises(law.BadPeriod, match="核对年份"):
        law.Restart(far)
    with pytest.raises(law.BadPeriod, match="至多"):
        Extension(9_999_999)


def test_a_time_without_a_zone_is_refused(police_case: law.ClockRule) -> None:
    with pytest.raises(law.BadActTime, match="没有时区"):
        police_case.due(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001  the missing zone is the point


def test_mediation_does_not_stop_the_police_clock(police_case: law.ClockRule) -> None:
    mediating = Pause(date(2026, 3, 3), date(2026, 3, 24), "mediation")

    due = police_case.due(CASE_FILED, [mediating])

    assert due.on == date(2026, 4, 1)
    assert due.pause_refused
    assert due.refused[0].what == mediating
    assert "鉴定、听证" in due.refused[0].zh


def test_a_third_extension_is_refused_and_the_date_stays(police_case: law.ClockRule) -> None:
    twice = police_case.due(CASE_FILED, (), [Extension(), Extension()])
    thrice = police_case.due(CASE_FILED, (), [Extension(), Extension(), Extension()])

    assert thrice.on == twice.on
    assert thrice.extension_refused
    assert not twice.extension_refused


def test_more_than_the_text_grants_is_refused_whole(police_case: law.ClockRule) -> None:
    due = police_case.due(CASE_FILED, (), [Extension(31)])

    assert due.on == date(2026, 4, 1)
    assert due.extension_refused
    assert not due.extended


def test_past_the_published_calendar_the_roll_is_unknown_but_not_before_is_known(
    police_case: law.ClockRule,
) -> None:
    due = police_case.due(date(2026, 12, 10))

    assert due.on is None
    assert due.ends_at is None
    assert due.not_before == date(2027, 1, 9)
    assert due.unknown is not None
    assert "2027" in due.unknown
    assert due.warn_at[0] == datetime(2026, 12, 30, tzinfo=SHANGHAI)


def test_working_days_of_an_unpublished_year_are_unknown() -> None:
    rule = law.load().clock(
        "police.second_mediation", region="330803", started_on=date(2026, 12, 28)
    )
    assert rule is not None

    due = rule.due(date(2026, 12, 28))
    long_after = rule.due(date(2031, 5, 1))

    assert (due.on, due.not_before) == (None, date(2027, 1, 1))
    assert (long_after.on, long_after.not_before) == (None, None)


def test_calendar_days_stay_known_past_the_calendar() -> None:
    rule = law.load().clock("mediation.accept", region="460105", started_on=date(2029, 1, 1))
    assert rule is not None

    assert rule.due(date(2029, 1, 1)).on == date(2029, 1, 4)


def test_a_clock_ends_with_its_last_day_in_shanghai(police_case: law.ClockRule) -> None:
    due = police_case.due(CASE_FILED)

    assert due.on == date(2026, 4, 1)
    assert due.ends_at == datetime(2026, 4, 2, tzinfo=SHANGHAI)
    assert due.ends_at == datetime(2026, 4, 1, 16, tzinfo=UTC)
    assert [warning.date() for warning in due.warn_at] == [date(2026, 3, 22), date(2026, 3, 29)]


def test_an_act_late_in_utc_is_of_the_next_day_in_shanghai(police_case: law.ClockRule) -> None:
    late = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)

    assert police_case.due(late) == police_case.due(CASE_FILED)


def test_hours_run_to_the_minute_and_need_a_time_of_day() -> None:
    terms = Terms("接报", "the report", "hour", 24, warn_after=(20,))
    calendar = law.load().calendar
    reported = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)

    due = derive(terms, calendar, reported)

    assert due.ends_at == reported + timedelta(hours=24)
    assert due.on == date(2026, 3, 3)
    assert due.warn_at == (reported + timedelta(hours=20),)
    with pytest.raises(law.BadActTime, match="时刻"):
        derive(terms, calendar, date(2026, 3, 2))


def test_a_warning_moves_with_pauses_and_extensions(police_case: law.ClockRule) -> None:
    appraisal = Pause(date(2026, 3, 5), date(2026, 3, 9), "appraisal")

    paused = police_case.due(CASE_FILED, [appraisal])
    extended = police_case.due(CASE_FILED, (), [Extension()])

    assert paused.warn_at[0].date() == date(2026, 3, 27)
    assert extended.warn_at[0].date() == date(2026, 4, 21)


def test_the_derivation_reads_in_chinese(police_case: law.ClockRule) -> None:
    appraisal = Pause(date(2026, 3, 10), date(2026, 3, 12), "appraisal")

    due = police_case.due(CASE_FILED, [appraisal], [Extension()])

    assert [step.zh for step in due.steps] == [
        "起算：立案之日（2026-03-02）不计入，期限 30日，至 2026-04-01",
        "扣除：2026-03-10 至 2026-03-12（鉴定）不计入，共 3日，至 2026-04-04",
        "延长：经上一级公安机关批准，延长 30日，至 2026-05-04",
        (
            "顺延：2026-05-04 为休息日，顺延至其后第一个工作日 2026-05-06"
            "（公安机关办理行政案件程序规定第35条）"
        ),
    ]


def test_an_agreed_limit_does_not_reach_back_before_the_agreement() -> None:
    limit = AgreedLimit("mediation.accept", 3, "working_day", ("某公安分局",), date(2026, 1, 1))

    with pytest.raises(law.LimitNotInForce):
        law.load().agreed_rule(limit).due(date(2025, 12, 31))


def test_an_agreed_limit_is_not_paused_or_extended() -> None:
    limit = AgreedLimit("mediation.accept", 3, "day", ("某公安分局",), date(2026, 1, 1))

    rule = law.load().agreed_rule(limit)
    due = rule.due(CASE_FILED, [Pause(CASE_FILED, CASE_FILED)], [Extension(1)])

    assert due.on == date(2026, 3, 5)
    assert due.pause_refused
    assert due.extension_refused


def test_an_agreed_limit_without_amount_or_parties_is_none() -> None:
    with pytest.raises(law.BadPeriod):
        AgreedLimit("mediation.accept", 0, "day", ("某公安分局",), date(2026, 1, 1))
    with pytest.raises(law.BadPeriod):
        AgreedLimit("mediation.accept", 3, "day", (), date(2026, 1, 1))


def test_an_agreed_limit_answers_like_a_rule_and_says_that_it_is_agreed() -> None:
    limit = AgreedLimit(
        "mediation.accept", 3, "working_day", ("某公安分局", "某司法局"), date(2026, 1, 1)
    )

    rule = law.load().agreed_rule(limit)

    assert rule.due(date(2026, 2, 13)).on == date(2026, 2, 25)
    assert (rule.basis, rule.signed, rule.signed_zh) == ("agreed", False, "机构约定")
    assert rule.version == "mediation.accept@2026-01-01.agreed"
    assert rule.citation_zh == "约定时限：某公安分局、某司法局自 2026-01-01 起约定 3个工作日"
    assert rule.citation_en.startswith("agreed by 某公安分局, 某司法局")
