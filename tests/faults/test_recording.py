"""What the agencies' side writes down is enough for the checker to see a wrong delivery."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.inbox import Inbox
from tests.checker.check import check
from tests.checker.history import Delivery
from tests.checker.scene import CODE, COMMITTEE, OTHER, REFERRAL, Scene, offered
from tests.faults.recording import Recorder

OFFER = {
    "agency": COMMITTEE,
    "handoff_id": "h1",
    "dispute_code": CODE,
    "about": f"referral.offered:{REFERRAL}",
    "sequence": 2,
    "parties": "某某",
}


def test_every_arrival_is_written_down_and_nothing_of_a_person(tmp_path: Path) -> None:
    arrived(tmp_path, (COMMITTEE, OFFER), (COMMITTEE, OFFER))

    first, again = (tmp_path / "arrivals.jsonl").read_text(encoding="utf-8").splitlines()

    assert "某某" not in first
    assert json.loads(first)["body_sha256"] == json.loads(again)["body_sha256"]


def test_the_same_handoff_again_is_lawful(tmp_path: Path) -> None:
    assert broken_by(arrived(tmp_path, (COMMITTEE, OFFER), (COMMITTEE, OFFER))) == ()


def test_a_handoff_at_another_agency_s_door_is_seen(tmp_path: Path) -> None:
    found = broken_by(arrived(tmp_path, (COMMITTEE, OFFER), (OTHER, OFFER)))
    assert found == ("wrong_holder",)


def test_two_contents_under_one_id_are_seen(tmp_path: Path) -> None:
    other = OFFER | {"parties": "另一人"}
    assert broken_by(arrived(tmp_path, (COMMITTEE, OFFER), (COMMITTEE, other))) == ("doubled",)


def test_one_id_about_two_matters_is_seen(tmp_path: Path) -> None:
    other = OFFER | {"about": "referral.accepted:4"}
    assert broken_by(arrived(tmp_path, (COMMITTEE, OFFER), (COMMITTEE, other))) == ("doubled",)


def arrived(home: Path, *handed: tuple[str, dict[str, Any]]) -> list[Delivery]:
    """These handoffs came to these doors; what the run's history says of it."""
    inbox = Inbox(home / "handoffs.jsonl")
    for door, handoff in handed:
        inbox.keep(door, handoff)
    return list(Recorder(timedelta(), {}).deliveries(home / "arrivals.jsonl"))


def broken_by(deliveries: list[Delivery]) -> tuple[str, ...]:
    scene: Scene = offered()
    others = [entry for entry in scene.history if not isinstance(entry, Delivery)]
    return check([*others, *deliveries], scene.observed()).broken
