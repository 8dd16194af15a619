"""The scanner that looks for personal data finds it, in each place and in each writing of it."""

import base64
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from exchange.chassis.rows import OutboxRow
from exchange.contracts.topics import REFERRALS, TOPICS
from exchange.memory.broker import MemoryBroker
from exchange.memory.clock import ManualClock
from exchange.memory.log import Log
from fengqiao.cli.canaries import CHUNK_BYTES, Canaries
from fengqiao.cli.proof import seen_anywhere
from fengqiao.cli.town_home import RunningTown
from sandbox.people import person
from sandbox.story.town import wait_for
from tests.security.scene import Scene

PLANTED = person(940)
CANARIES = Canaries.of([PLANTED.name, PLANTED.citizen_id, PLANTED.phone])
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", [PLANTED.name, PLANTED.citizen_id, PLANTED.phone])
@pytest.mark.parametrize(
    "written",
    [
        str.encode,
        lambda text: json.dumps({"who": text}).encode(),
        lambda text: f"GET /v1/disputes/{quote(text)}?x=1".encode(),
        *(
            lambda text, before=before: base64.b64encode(b"x" * before + text.encode() + b"yy")
            for before in range(6)
        ),
    ],
    ids=["UTF-8", "JSON", "URL", *(f"base64 after {before}" for before in range(6))],
)
def test_a_text_is_found_however_it_is_written(text: str, written: object) -> None:
    assert callable(written)
    assert CANARIES.in_bytes(b"before" + written(text) + b"after")


def test_what_is_not_there_is_not_found() -> None:
    other = person(941)
    told = json.dumps([other.name, other.citizen_id, other.phone]).encode()
    assert not CANARIES.in_bytes(told + base64.b64encode(told) + quote(told).encode())


def test_a_file_is_read_over_the_seams_of_its_chunks(tmp_path: Path) -> None:
    needle = PLANTED.citizen_id.encode()
    for n, inside in enumerate((0, 1, 9, len(needle))):
        filler = b"." * (CHUNK_BYTES - inside)
        (tmp_path / f"{n}.log").write_bytes(filler + needle + b"." * 100)
    (tmp_path / "clean.log").write_bytes(b"." * (CHUNK_BYTES + 100))
    found = CANARIES.in_files([tmp_path])
    assert [Path(hit.where).name for hit in found] == ["0.log", "1.log", "2.log", "3.log"]


async def test_a_row_is_found_in_text_in_bytes_and_in_json(running: RunningTown) -> None:
    """In a database beside the exchange's own, which is gone again at the end."""
    admin_dsn = running.exchange.stack.postgres_admin_dsn
    name = f"scratch_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    scratch = await asyncpg.connect(f"{admin_dsn.rpartition('/')[0]}/{name}")
    try:
        await scratch.execute("CREATE TABLE texts (t text); CREATE TABLE bytes (b bytea)")
        await scratch.execute("CREATE TABLE clean (t text); CREATE TABLE documents (j jsonb)")
        await scratch.execute("INSERT INTO clean VALUES ('nobody')")
        await scratch.execute("INSERT INTO texts VALUES ($1)", f"a{PLANTED.name}b")
        await scratch.execute("INSERT INTO bytes VALUES ($1)", PLANTED.phone.encode())
        await scratch.execute(
            "INSERT INTO documents VALUES ($1)", json.dumps({"x": [PLANTED.citizen_id]})
        )
        dsn = f"{admin_dsn.rpartition('/')[0]}/{name}"
        found = await CANARIES.in_tables([dsn])
    finally:
        await scratch.close()
        await admin.execute(f"DROP DATABASE {name}")
        await admin.close()
    assert sorted(hit.where for hit in found) == [
        "public.bytes",
        "public.documents",
        "public.texts",
    ]


async def test_a_record_is_found_by_its_value_its_header_and_nothing_else() -> None:
    broker = MemoryBroker(
        Log(ManualClock(now=NOW), {t.name: t.partitions for t in TOPICS.values()})
    )
    producer = await broker.producer()
    records = [
        ([], PLANTED.name.encode()),
        ([("ce_subject", PLANTED.phone.encode())], b"{}"),
        ([("ce_subject", b"330803")], b"{}"),
    ]
    rows = [
        OutboxRow(n, n, REFERRALS.name, "330803", f"event-{n}", headers, value)
        for n, (headers, value) in enumerate(records)
    ]
    assert None not in await producer.send(rows)
    found = await CANARIES.in_topics(broker)
    assert [hit.where for hit in found] == [f"{REFERRALS.name}/{n}/0" for n in (0, 1)]


async def test_the_scan_of_a_town_looks_into_every_place(
    running: RunningTown, scene: Scene
) -> None:
    """A dispute's code may stand anywhere, and does: the scan finds it in each kind of place."""
    places = ("/kafka/", "/postgres/", "/logs/", "/spans/", "routing.referral.v1/", "public.")
    missing: list[str] = []

    async def all_found() -> bool:
        wheres = [hit.where for hit in await seen_anywhere(running, [scene.taken.dispute])]
        wheres += [hit.where for hit in await seen_anywhere(running, ["intake"])]
        missing[:] = [place for place in places if not any(place in where for where in wheres)]
        missing.extend(name for name in ("intake/metrics",) if name not in wheres)
        return not missing

    await wait_for(all_found, f"hits in {missing}")
