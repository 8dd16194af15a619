"""An agency's keys: what is refused, how one is handed over to the next, how one ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.chassis.decider import Decision, Refused
from exchange.chassis.verify_keys import key_lookup
from exchange.identity.keys import SigningKey
from services.directory.decider import RetirementAsked
from services.directory.keyring import IN_FORCE_MAX
from services.directory.schemas import AbolishForm, RetireForm
from services.directory.state import Entry, new_entry
from tests.unit.directory_service.office import (
    COMMITTEE,
    DAY,
    NOW,
    TOWNSHIP,
    add_key,
    book,
    do,
    entry,
    errors_of,
    key_paper,
    listed,
    published,
)


def wrong_with(form: dict[str, Any], state: Entry, **more: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        add_key(form, state, **more)
    return errors_of(refused.value)


def retire(
    state: Entry, key_id: str, at: datetime | None = None, *, by_exchange: bool = False
) -> Decision[Entry]:
    asked = RetirementAsked(key_id, RetireForm(valid_to=at), by_exchange)
    return do("retire_key", asked, state, code=state.code)


def with_key(form: dict[str, Any]) -> Entry:
    return add_key(form, entry()).state


# What is refused


@pytest.mark.parametrize("public", ["c2hvcnQ=", "not base64!", "A" * 88])
def test_a_key_that_is_not_32_bytes_is_refused(public: str) -> None:
    assert wrong_with(key_paper(public=public), entry()) == {"/公钥": "bad_key"}


def test_a_key_under_another_agencys_name_is_refused() -> None:
    assert wrong_with(key_paper(TOWNSHIP), entry()) == {"/密钥编号": "bad_key_id"}


def test_a_key_under_another_keys_thumbprint_is_refused() -> None:
    other = key_paper()["key_id"]
    assert wrong_with(key_paper(key_id=other), entry()) == {"/密钥编号": "bad_key_id"}


def test_another_algorithm_is_refused() -> None:
    assert wrong_with(key_paper(algorithm="rsa"), entry()) == {"/算法": "unknown_code"}


def test_only_the_exchange_has_sealing_keys() -> None:
    form = key_paper(use="seal", algorithm="ECDH-ES+A256KW")
    assert wrong_with(form, entry()) == {"/用途": "not_yours"}


@pytest.mark.parametrize("ends", [NOW - DAY, NOW, NOW + DAY])
def test_a_key_that_is_over_before_it_begins_is_refused(ends: datetime) -> None:
    form = key_paper(valid_from=(NOW + DAY).isoformat(), valid_to=ends.isoformat())
    assert wrong_with(form, entry()) == {"/失效时间": "already_over"}


def test_a_key_of_another_agency_is_nobody_elses() -> None:
    key = SigningKey.generate(TOWNSHIP)
    other = add_key(key_paper(TOWNSHIP, key), entry(TOWNSHIP)).state
    same = key_paper(key=SigningKey.of(COMMITTEE, key.private))
    assert wrong_with(same, entry(), listed=[listed(other)]) == {"/公钥": "key_in_use"}


def test_an_agency_has_a_limit_of_keys_in_force_at_once() -> None:
    state = entry()
    for _ in range(IN_FORCE_MAX):
        state = add_key(key_paper(), state).state
    assert wrong_with(key_paper(), state) == {"/密钥编号": "too_many_keys"}
    later = key_paper(valid_from=(NOW + 2 * DAY).isoformat())
    for key in listed(state).keys[1:]:
        state = retire(state, key.key_id, NOW + DAY).state
    assert len(listed(add_key(later, state).state).keys) == IN_FORCE_MAX + 1


def test_an_agency_that_is_not_listed_or_is_no_more_takes_no_key() -> None:
    with pytest.raises(Refused) as unknown:
        add_key(key_paper(), new_entry(COMMITTEE))
    with pytest.raises(Refused) as gone:
        add_key(key_paper(), do("abolish", AbolishForm(), entry()).state)
    assert (unknown.value.status, gone.value.status) == (404, 409)


def test_a_key_is_never_retired_in_the_past() -> None:
    form = key_paper()
    with pytest.raises(Refused) as refused:
        retire(with_key(form), form["key_id"], NOW - timedelta(seconds=1))
    assert errors_of(refused.value) == {"/失效时间": "in_the_past"}


def test_the_last_key_is_not_the_agencys_own_to_retire() -> None:
    form = key_paper()
    with pytest.raises(Refused) as refused:
        retire(with_key(form), form["key_id"])
    assert refused.value.code == "last_key"


def test_a_key_that_was_never_there_is_not_retired() -> None:
    with pytest.raises(Refused) as refused:
        retire(with_key(key_paper()), f"{COMMITTEE}/never-there")
    assert refused.value.status == 404


# What happens


def test_the_same_key_again_changes_nothing_not_even_after_it_was_retired() -> None:
    old, new = key_paper(), key_paper()
    state = add_key(new, with_key(old)).state
    assert add_key(old, state).effects == ()
    retired = retire(state, old["key_id"], NOW + DAY).state
    assert add_key(old, retired).effects == ()


def test_an_old_key_overlaps_the_new_one_until_it_ends() -> None:
    old, new = key_paper(), key_paper()
    state = retire(add_key(new, with_key(old)).state, old["key_id"], NOW + DAY).state
    known = key_lookup(book(listed(state)))
    first, second = known(old["key_id"]), known(new["key_id"])
    assert first is not None
    assert second is not None
    assert (first.valid_at(NOW), second.valid_at(NOW)) == (True, True)
    assert (first.valid_at(NOW + DAY), second.valid_at(NOW + DAY)) == (False, True)


def test_the_operator_retires_a_leaked_key_at_once_even_when_it_is_the_last() -> None:
    form = key_paper()
    decision = retire(with_key(form), form["key_id"], by_exchange=True)
    assert published(decision)[0].keys[0].valid_to == NOW


def test_a_key_is_never_given_a_longer_life_by_retiring_it() -> None:
    form = key_paper(valid_to=(NOW + DAY).isoformat())
    state = add_key(key_paper(), with_key(form)).state
    after = retire(state, form["key_id"], NOW + 9 * DAY)
    assert listed(after.state).keys[0].valid_to == NOW + DAY
