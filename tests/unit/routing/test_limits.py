"""Limits: the earlier of two, an agreement only from its day, never a number of our own."""

from datetime import UTC, date, datetime, timedelta

import pytest

from exchange.contracts.events.base import ClockStanding
from law import SHANGHAI
from services.routing.agreed import agreed_limit, agreed_limits
from services.routing.limits import SENDER_BUFFER, acceptance, last_day, statutory
from tests.unit.routing.scene import DAY_0, VILLAGE_PLACE

HAINAN = "460105001001"


def case(ends_at: datetime | None) -> ClockStanding:
    return ClockStanding(
        rule="police.case",
        instance="origin",
        rule_version="police.case@2026-01-01",
        citation="治安法第118条",
        ends_at=ends_at,
    )


def test_before_its_day_an_agreement_does_not_hold() -> None:
    assert agreed_limit("referral.accept", "mediation", VILLAGE_PLACE, date(2025, 12, 31)) is None


def test_an_agreement_of_one_county_does_not_bind_another() -> None:
    assert agreed_limit("referral.accept", "mediation", "330802001001", date(2026, 3, 2)) is None


def test_an_invented_example_never_comes_out_unmarked_nor_in_anybodys_name() -> None:
    invented = [row for row in agreed_limits() if row.invented]
    assert all(row.note for row in invented)
    for row in invented:
        limit = acceptance(row.purpose, row.region + "000000", DAY_0, ()).limit
        assert limit.unsigned
        assert limit.citation.startswith("示例（未经约定）")
        assert not any(agency in limit.citation for agency in row.agreed_by)


def test_what_was_agreed_is_cited_as_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    agreed = tuple(row.model_copy(update={"invented": False}) for row in agreed_limits())
    monkeypatch.setattr("services.routing.agreed.agreed_limits", lambda: agreed)
    limit = acceptance("mediation", VILLAGE_PLACE, DAY_0, ()).limit
    assert not limit.unsigned
    assert limit.citation.startswith("约定时限：衢江区")


def test_a_rule_that_no_table_has_is_unknown_not_guessed() -> None:
    limit = statutory("police.nothing", VILLAGE_PLACE, date(2026, 3, 2))
    assert (limit.ends_at, limit.citation) == (None, "没有已知的期限")
    assert limit.unknown


def test_a_date_past_the_calendar_is_unknown_not_guessed() -> None:
    limit = statutory("police.case", VILLAGE_PLACE, date(2026, 12, 10))
    assert limit.ends_at is None
    assert "2027" in (limit.unknown or "")


def test_a_sender_whose_end_is_unknown_sets_no_limit() -> None:
    assert "约定时限" in acceptance("mediation", VILLAGE_PLACE, DAY_0, [case(None)]).because


def test_a_sender_whose_end_has_passed_sets_no_limit() -> None:
    due = acceptance("mediation", VILLAGE_PLACE, DAY_0, [case(DAY_0 - timedelta(days=1))])
    assert "约定时限" in due.because


def test_the_senders_limit_binds_where_the_receiver_has_none() -> None:
    end = DAY_0 + timedelta(days=20)
    due = acceptance("mediation", "330802001001", DAY_0, [case(end)])
    assert due.limit.ends_at == end - SENDER_BUFFER
    assert "没有已知的时限" in due.because


@pytest.mark.parametrize("days", [4, 5, 6, 7, 30])
def test_of_two_limits_the_earlier_binds(days: int) -> None:
    end = DAY_0.replace(hour=0) + timedelta(days=days)
    own = DAY_0.replace(hour=0) + timedelta(days=4)
    due = acceptance("mediation", VILLAGE_PLACE, DAY_0, [case(end)])
    assert due.limit.ends_at == min(own, end - SENDER_BUFFER)
    assert due.limit.ends_at > DAY_0


def test_where_the_law_sets_a_limit_no_agreement_is_asked() -> None:
    due = acceptance("mediation", HAINAN, DAY_0, ())
    assert "海南" in due.because
    assert due.limit.version.startswith("mediation.accept@")


def test_the_last_day_is_a_day_in_china() -> None:
    end = datetime(2026, 4, 2, 0, 0, tzinfo=SHANGHAI)
    assert last_day(end) == last_day(end.astimezone(UTC)) == date(2026, 4, 1)
