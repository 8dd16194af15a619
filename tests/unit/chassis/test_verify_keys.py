"""Whose signatures hold: a key's own dates say so, not whether its agency goes on."""

from datetime import UTC, datetime

from exchange.chassis.reference import AgencyBook
from exchange.chassis.verify_keys import key_lookup
from tests.support.agencies import Agency

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_an_abolished_committee_still_signs_for_what_it_holds() -> None:
    committee = Agency.named("PM")
    gone = committee.listed("committee").model_copy(update={"abolished": True})

    found = key_lookup(AgencyBook(2, {gone.agency: gone}))(committee.key.key_id)

    assert found is not None
    assert found.valid_at(NOW)


def test_a_key_that_was_ended_signs_no_more() -> None:
    committee = Agency.named("PM")
    listed = committee.listed("committee")
    ended = tuple(key.model_copy(update={"valid_to": NOW}) for key in listed.keys)
    gone = listed.model_copy(update={"keys": ended})

    found = key_lookup(AgencyBook(2, {gone.agency: gone}))(committee.key.key_id)

    assert found is not None
    assert not found.valid_at(NOW)
