"""An agency is listed, moved, abolished: what may not be, what comes twice, what is published."""

from typing import Any

import pytest

from exchange.chassis.decider import ClockDue, Refused, View
from exchange.chassis.ids import Ids
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.topics import AGENCIES
from services.directory.decider import DeliveryAsked, Unexpected, decide
from services.directory.push_url import push_url_errors
from services.directory.schemas import AbolishForm, DeliveryForm
from services.directory.state import Entry, new_entry
from tests.unit.directory_service.office import (
    COMMITTEE,
    FACTS,
    NEXT,
    NOW,
    ROOM,
    STATION,
    TOWNSHIP,
    book,
    do,
    entry,
    errors_of,
    key_paper,
    list_,
    listed,
    paper,
    published,
    refusal,
)

PUSH = "https://committee.example/handoffs"
LOOPBACK = "http://127.0.0.1:8080/agencies/x/handoffs"


def wrong_with(form: dict[str, Any], **more: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        list_(form, **more)
    assert refused.value.status == 422
    return errors_of(refused.value)


def deliver(state: Entry, mode: str, url: str | None, *, loopback: bool = False) -> Any:
    form = DeliveryForm.model_validate({"mode": mode, "url": url})
    return do("set_delivery", DeliveryAsked(form, loopback), state, code=state.code)


# What may not be listed


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"place": "330803999999"}, {"/机构代码": "bad_agency_code", "/区划代码": "unknown_place"}),
        (
            {"place": "110101001001", "parent": None},
            {"/机构代码": "bad_agency_code", "/区划代码": "unknown_place"},
        ),
        ({"level": "county"}, {"/层级": "level_of_place"}),
        ({"agency": "PM-330803112213-1"}, {"/机构代码": "bad_agency_code"}),
        ({"kind": "court"}, {"/机构代码": "bad_agency_code"}),
        ({"specialties": ["neighbourhood", "astrology"]}, {"/专长": "unknown_code"}),
        ({"parent": "PM-330803112999-01"}, {"/上级机构": "unknown_agency"}),
        ({"parent": COMMITTEE}, {"/上级机构": "unknown_agency"}),
        ({"parent": "PM-330803209000-01"}, {"/上级机构": "unknown_agency"}),
        ({"stationed_at": STATION}, {"/派驻单位": "stationed_at"}),
    ],
)
def test_a_listing_that_does_not_fit_is_refused_where_it_does_not(
    changes: dict[str, Any], errors: dict[str, str]
) -> None:
    assert wrong_with(paper(**changes)) == errors


def test_a_room_says_where_it_is_stationed() -> None:
    assert wrong_with(paper(FACTS[ROOM], stationed_at=None)) == {"/派驻单位": "stationed_at"}


def test_nobody_else_is_the_exchange() -> None:
    form = paper(agency="EX-330803112213-01", kind="exchange")
    assert wrong_with(form)["/机构代码"] == "bad_agency_code"


def test_all_that_is_wrong_is_said_at_once() -> None:
    form = paper(
        level="county",
        parent="PM-330803112999-01",
        delivery={"mode": "push"},
        keys=[key_paper(public="c2hvcnQ=")],
    )
    assert set(wrong_with(form)) == {"/层级", "/上级机构", "/推送地址", "/公钥"}


def test_a_parent_that_was_abolished_since_is_no_parent() -> None:
    gone = listed(entry(TOWNSHIP)).model_copy(update={"abolished": True})
    assert wrong_with(paper(), listed=[gone]) == {"/上级机构": "unknown_agency"}


def test_two_stations_never_share_the_polices_own_code() -> None:
    other = FACTS["PS-330803113000-01"]
    form = paper(other, native_code=FACTS[STATION].native_code)
    assert wrong_with(form, listed=[listed(entry(STATION))]) == {
        "/本系统代码": "native_code_in_use"
    }


def test_the_directory_is_told_of_no_clock() -> None:
    view = View(code=COMMITTEE, agencies=book(), ids=Ids(NOW, "cause"))
    with pytest.raises(Unexpected):
        decide(new_entry(COMMITTEE), ClockDue("r", "i", 0, NOW, NOW), view, NOW)


# Where the exchange may be told to POST to


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://committee.example/h", "not_https"),
        ("ftp://committee.example/h", "not_https"),
        ("https://", "bad_url"),
        ("handoffs", "bad_url"),
        ("https://committee.example:x/h", "bad_url"),
        ("https://committee.example/a b", "bad_url"),
        ("https://user:pw@committee.example/h", "bad_url"),
        ("https://committee.example/h#part", "bad_url"),
        ("https://committee.example/h?to=us", "not_a_base"),
        ("https://committee.example/h?", "not_a_base"),
        ("https://committee.example/h/", "not_a_base"),
        ("https://committee.example/", "not_a_base"),
        ("https://10.0.0.8/h", "inner_address"),
        ("https://192.168.1.1/h", "inner_address"),
        ("https://169.254.169.254/latest/meta-data", "inner_address"),
        ("https://[fd00::1]/h", "inner_address"),
        ("https://[::ffff:10.0.0.1]/h", "inner_address"),
        ("https://2130706433/h", "inner_address"),
        ("https://0x7f.1/h", "inner_address"),
        ("https://127.1/h", "inner_address"),
        ("https://postgres/h", "inner_address"),
        ("https://vault.internal/h", "inner_address"),
        (LOOPBACK, "inner_address"),
        ("https://localhost/h", "inner_address"),
    ],
)
def test_a_url_that_the_exchange_must_not_call_is_refused(url: str, code: str) -> None:
    assert [e.code for e in push_url_errors(url, loopback_allowed=False)] == [code]


def test_a_sandbox_home_may_call_its_own_machine_and_no_other_inner_one() -> None:
    assert push_url_errors(LOOPBACK, loopback_allowed=True) == []
    assert push_url_errors("http://10.0.0.8/h", loopback_allowed=True) != []


def test_push_has_a_url_and_a_mailbox_has_none() -> None:
    for mode, url in (("push", None), ("mailbox", PUSH)):
        with pytest.raises(Refused) as refused:
            deliver(entry(), mode, url)
        assert errors_of(refused.value) == {"/推送地址": "url_and_mode"}


def test_an_agency_that_is_not_listed_has_no_delivery() -> None:
    with pytest.raises(Refused) as refused:
        deliver(new_entry(COMMITTEE), "push", PUSH)
    assert refused.value.status == 404


# What is listed


def test_every_fact_of_the_county_may_be_listed_in_any_order() -> None:
    for fact in reversed(FACTS.values()):
        (event,) = published(list_(paper(fact)))
        assert (event.agency, event.name, event.abolished) == (
            fact.code,
            fact.name,
            fact.abolished,
        )


def test_a_first_listing_is_created_and_published_for_every_service() -> None:
    decision = list_(paper())
    assert decision.status == 201
    (effect,) = decision.effects
    assert getattr(effect, "topic", None) == AGENCIES.name
    assert getattr(effect, "sequenced", None) is False
    assert listed(decision.state).delivery.mode == "mailbox"


def test_the_same_listing_again_changes_nothing() -> None:
    form = paper(keys=[key_paper()], delivery={"mode": "push", "url": PUSH})
    first = list_(form)
    again = list_(form, first.state)
    assert (again.effects, again.state, again.status) == ((), first.state, None)
    assert again.reply == first.reply


def test_the_facts_listed_again_never_take_back_keys_or_delivery() -> None:
    state = deliver(list_(paper(keys=[key_paper()])).state, "push", PUSH).state
    again = list_(paper(capacity=77), state).state
    assert listed(again).capacity == 77
    assert listed(again).keys == listed(state).keys
    assert listed(again).delivery.url == PUSH


def test_a_delivery_is_changed_to_push_and_back() -> None:
    pushed = deliver(entry(), "push", PUSH)
    assert published(pushed)[0].delivery.url == PUSH
    back = deliver(pushed.state, "mailbox", None)
    assert published(back)[0].delivery.url is None


def test_the_exchange_lists_itself_with_what_dossiers_are_sealed_to() -> None:
    seal = {
        "key_id": f"{EXCHANGE}/seal-2026-03",
        "use": "seal",
        "algorithm": "ECDH-ES+A256KW",
        "public": key_paper()["public"],
        "valid_from": NOW.isoformat(),
    }
    form = paper(
        agency=EXCHANGE,
        kind="exchange",
        level="county",
        place="330803000000",
        parent=None,
        keys=[key_paper(EXCHANGE), seal],
    )
    (event,) = published(list_(form))
    sealing = book(event).sealing_key(NOW)
    assert sealing is not None
    assert sealing.key_id == f"{EXCHANGE}/seal-2026-03"


# The end of an agency


@pytest.mark.parametrize(
    ("successor", "code"),
    [
        (COMMITTEE, "unknown_agency"),
        ("PM-330803112999-01", "unknown_agency"),
        (STATION, "other_kind"),
    ],
)
def test_a_successor_that_cannot_take_over_is_refused(successor: str, code: str) -> None:
    around = [listed(entry(COMMITTEE)), listed(entry(STATION))]
    refused = refusal("abolish", AbolishForm(successor=successor), entry(), listed=around)
    assert errors_of(refused) == {"/承接机构": code}


def test_an_abolished_agency_is_changed_no_more_and_names_its_successor() -> None:
    state = do(
        "abolish", AbolishForm(successor=TOWNSHIP), entry(), listed=[listed(entry(TOWNSHIP))]
    ).state
    with pytest.raises(Refused) as refused:
        deliver(state, "push", PUSH)
    assert refused.value.code == "agency_abolished"
    assert refused.value.extra["successor"] == TOWNSHIP
    assert refusal("abolish", AbolishForm(successor=NEXT), state).code == "agency_abolished"


def test_listing_an_abolished_agency_again_does_not_bring_it_back() -> None:
    gone = do("abolish", AbolishForm(), entry())
    assert published(gone)[0].abolished
    assert listed(list_(paper(), gone.state).state).abolished
    assert do("abolish", AbolishForm(), gone.state).effects == ()
