"""Canaries: values that exist nowhere else go in, and may come out nowhere but inside the vault."""

import logging

import pytest

from exchange.chassis.decider import Arrival, Decision, EventArrived, KeepBlob, Publish
from exchange.chassis.workshop import EXCHANGE, Workshop
from exchange.identity.keys import SigningKey
from sandbox.people import InventedPerson, citizen_id
from services.intake.decider import decide, lookups
from services.intake.keys import KEYS as KEYS_NAME
from services.intake.opening import data_key, disclosed, prepare
from services.intake.state import Register, new_register
from tests.unit.intake.window import (
    CODE,
    KEYS,
    NOW,
    dossier,
    paper,
    requested,
    settings,
    view,
    walk_in,
)

CANARY = InventedPerson("金丝雀某某", citizen_id(order=777), "05707654321")
STORY = "只在此处出现的一句话金丝雀"


def canaries() -> tuple[str, ...]:
    return (CANARY.name, CANARY.citizen_id, CANARY.phone, STORY, "金丝雀")


def everything(arrival: Arrival | None, decision: Decision[Register]) -> str:
    """All that a decision is, says and writes, as text; bytes as whatever they decode to."""
    parts = [repr(arrival), repr(decision), decision.state.model_dump_json(), repr(decision.reply)]
    for effect in decision.effects:
        match effect:
            case KeepBlob(content=content):
                parts.append(content.decode("utf-8", "replace"))
            case Publish(event=event):
                parts.append(event.model_dump_json())
            case _:
                parts.append(repr(effect))
    if arrival is not None:
        parts.append(repr(lookups(arrival)))
    return "\n".join(parts)


def test_no_canary_leaves_a_referral_but_inside_the_vault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    from_topic = requested(dossier(CANARY, narrative=STORY, handling=STORY))
    workshop = Workshop(settings(), SigningKey.generate(EXCHANGE), {KEYS_NAME: KEYS})
    raw = EventArrived(from_topic, "event-1", None, "police_link.request.v1")

    arrival = prepare(raw, workshop)
    decision = decide(new_register(CODE), arrival, view(), NOW)

    text = everything(arrival, decision) + caplog.text
    assert [canary for canary in canaries() if canary in text] == []
    kept = {e.name: e.content for e in decision.effects if isinstance(e, KeepBlob)}
    read = disclosed(data_key(CODE, kept["key"], KEYS), kept["dossier/1"])
    assert (read.parties[0].name, read.narrative) == (CANARY.name, STORY)
    assert CANARY.name not in repr(read)


def test_no_canary_leaves_a_walk_in_but_inside_the_vault() -> None:
    decision = walk_in(paper(CANARY, 案情=STORY, 诉求=STORY))
    text = everything(None, decision)
    assert [canary for canary in canaries() if canary in text] == []
    assert CANARY.citizen_id[6:14] not in text
