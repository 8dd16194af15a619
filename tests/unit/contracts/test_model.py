"""A contract changed is the copy that pydantic makes, whatever was set, and itself unchanged."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from exchange.contracts.events.base import ClockStanding

ENDS = datetime(2026, 3, 31, 16, tzinfo=UTC)
CLOCK = ClockStanding(
    rule="police.case", instance="origin", rule_version="police.case@2026-01-01", citation="第118条"
)


def test_it_is_the_copy_that_pydantic_makes() -> None:
    changed, copied = CLOCK.changed(ends_at=ENDS), CLOCK.model_copy(update={"ends_at": ENDS})
    assert changed == copied
    assert changed.model_fields_set == copied.model_fields_set != CLOCK.model_fields_set
    assert changed.model_dump_json(exclude_unset=True) == copied.model_dump_json(exclude_unset=True)
    assert hash(changed) == hash(copied)
    assert repr(changed) == repr(copied)


def test_what_it_was_made_from_stays_as_it_was() -> None:
    changed = CLOCK.changed(ends_at=ENDS)
    assert (CLOCK.ends_at, changed.ends_at) == (None, ENDS)
    assert CLOCK.model_fields_set == {"rule", "instance", "rule_version", "citation"}


def test_it_is_as_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        CLOCK.changed(ends_at=ENDS).ends_at = None
