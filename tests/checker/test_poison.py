"""What lies on a topic and is no event: told by the stores, or known by the driver's mark."""

from dataclasses import replace

import pytest

from tests.checker.check import check
from tests.checker.history import SeenRecord
from tests.checker.scene import REQUESTS, Scene, offered


@pytest.mark.parametrize(("poison", "found"), [(False, ("phantom",)), (True, ())])
def test_what_only_looks_like_an_event_is_known_by_its_mark(
    poison: bool, found: tuple[str, ...]
) -> None:
    scene = offered()
    end = sum(record.topic == REQUESTS for record in scene.records)
    first = next(record for record in scene.records if record.topic == REQUESTS)
    headers = tuple((n, b"q9" if n == "ce_id" else raw) for n, raw in first.headers)
    headers = tuple((n, b"nothing" if n == "ce_causationid" else raw) for n, raw in headers)
    looks_so = replace(first, offset=end, headers=headers, value=b'{"dispute_code": 7}')
    scene.records.append(looks_so)
    if poison:
        scene.mark("poison", "q9")
    assert broken(scene) == found


def test_what_is_no_event_is_left_to_the_stores_to_tell_of() -> None:
    scene = offered()
    end = sum(r.topic == REQUESTS for r in scene.records)
    scene.records.append(SeenRecord(REQUESTS, 0, end, b"\xff", (), b"{", None))
    assert broken(scene) == ()


def broken(scene: Scene) -> tuple[str, ...]:
    return check(scene.history, scene.observed()).broken
