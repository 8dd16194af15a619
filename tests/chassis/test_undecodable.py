"""Whatever lies on a topic: it parks its own dispute, or lies in quarantine; the rest flows."""

import hashlib
from functools import partial

import pytest
from aiokafka.producer import message_accumulator, producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy as AnyNameBuilder

from exchange.chassis.partitioning import partition_of
from exchange.chassis.ports import Store
from exchange.chassis.process import Parts
from exchange.contracts.envelope import Envelope
from exchange.contracts.topics import AGENCIES, DISPUTES
from exchange.local.stack import LocalStack
from tests.support.raw_records import write_raw
from tests.support.running import code_in, eventually, new_code
from tests.support.toy import envelope, registered
from tests.support.watching import alarm_of, journal_becomes, queue_grows_to, queue_of, told


def good(code: str) -> Envelope:
    return envelope(registered(code), "good-" + code)


BAD_HEADERS = {
    "not UTF-8": ("ce_id", b"\xff\xfe"),
    "NUL in the id": ("ce_id", b"a\x00b"),
    "an endless id": ("ce_id", b"x" * 5_000),
    "unknown type": ("ce_type", b"dispute.forgotten"),
    "a type of another topic": ("ce_type", b"proposal.made"),
    "unknown version": ("ce_dataschema", b"/fengqiao/schemas/dispute.registered/v99"),
    "another subject": ("ce_subject", b"330803-2026-0000000000-0"),
    "a time without zone": ("ce_time", b"2026-03-02T09:00:00"),
    "a time before time": ("ce_time", b"0001-01-01T00:00:00+14:00"),
    "no time": ("ce_time", b"yesterday"),
    "a huge sequence": ("ce_sequence", b"9" * 5_000),
}


@pytest.mark.parametrize("fault", BAD_HEADERS)
async def test_a_bad_header_parks_its_dispute_with_the_bytes_as_received(
    engines: LocalStack, parts: Parts, fault: str
) -> None:
    code, (name, raw) = new_code(), BAD_HEADERS[fault]
    event = good(code)
    headers = [*(h for h in event.headers() if h[0] != name), (name, raw)]

    await write_raw(engines, code.encode(), event.value, headers, partition=partition_of(code, 6))
    await told(engines, code, "later")

    first, behind = await queue_grows_to(parts.store, code, 2)
    assert (first.cause, behind.cause) == ("undecodable", "behind")
    assert (list(first.headers), first.value) == (headers, event.value)
    assert raw.decode("latin-1") not in first.error


BAD_VALUES = {
    "no JSON": b"{",
    "empty": b"",
    "not UTF-8": b'{"matter":"\xff"}',
    "another schema": b'{"dispute_code":1}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep in a field": b'{"matter":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a list": b"[1,2]",
    "a lone surrogate": b'{"matter":{"kind":"\\ud800","place":"330803112213"}}',
}


@pytest.mark.parametrize("fault", BAD_VALUES)
async def test_a_bad_value_parks_its_dispute_with_the_bytes_as_received(
    engines: LocalStack, parts: Parts, fault: str
) -> None:
    code, value = new_code(), BAD_VALUES[fault]

    await write_raw(
        engines, code.encode(), value, good(code).headers(), partition=partition_of(code, 6)
    )

    (row,) = await queue_grows_to(parts.store, code, 1)
    assert (row.cause, row.value) == ("undecodable", value)
    assert await alarm_of(parts.store, "dispute_parked", code) is not None


async def test_a_header_without_a_value_is_an_empty_one(engines: LocalStack, parts: Parts) -> None:
    code = new_code()
    headers = [*good(code).headers(), ("note", None)]

    await write_raw(
        engines,
        code.encode(),
        good(code).value,
        headers,  # type: ignore[arg-type]  # Kafka allows it
        partition=partition_of(code, 6),
    )

    await journal_becomes(parts.store, code, "neighbourhood")


async def test_huge_numbers_and_nul_in_a_text_are_but_values(
    engines: LocalStack, parts: Parts
) -> None:
    code, key = new_code(), new_code()
    value = good(code).value.replace(b'"neighbourhood"', b'"a\\u0000b"')
    value = value.replace(b"{", b'{"ignored":' + b"9" * 4_000 + b",", 1)

    await write_raw(
        engines, code.encode(), value, good(code).headers(), partition=partition_of(code, 6)
    )
    await told(engines, key, "later")

    await journal_becomes(parts.store, code, "a\x00b")
    await journal_becomes(parts.store, key, "later")


def hex_chars(count: int) -> str:
    """Text that does not compress to something short."""
    return hashlib.shake_256(b"any").hexdigest(count // 2)


@pytest.mark.parametrize("kind", ["index:a\x00b", "index:" + hex_chars(20_000)])
async def test_a_value_that_postgres_refuses_parks_only_its_dispute_among_many(
    engines: LocalStack, parts: Parts, kind: str
) -> None:
    before, ill, after = code_in(2), code_in(2), code_in(2)

    await told(engines, before, *["first"] * 7)
    await told(engines, ill, "well", kind, "behind")
    await told(engines, after, *["first"] * 7)

    first, _ = await queue_grows_to(parts.store, ill, 2)
    assert first.cause == "bad_data"
    await journal_becomes(parts.store, ill, "well")
    await journal_becomes(parts.store, before, *["first"] * 7)
    await journal_becomes(parts.store, after, *["first"] * 7)


async def test_an_index_row_of_another_dispute_parks_the_second_one_alone(
    engines: LocalStack, parts: Parts
) -> None:
    one, two, other = code_in(4), code_in(4), code_in(4)

    await told(engines, one, f"own:{one}", f"own:{one}")  # twice its own: no harm
    await told(engines, two, f"own:{one}")
    await told(engines, other, "first")

    await journal_becomes(parts.store, one, f"own:{one}", f"own:{one}")
    await journal_becomes(parts.store, other, "first")
    (row,) = await queue_grows_to(parts.store, two, 1)
    assert row.cause == "index_taken"


@pytest.mark.parametrize("cause", ["unreadable_key", "wrong_partition", "tombstone"])
async def test_what_belongs_to_no_dispute_is_quarantined_with_an_alarm(
    engines: LocalStack, parts: Parts, cause: str
) -> None:
    code, well = code_in(1), code_in(1)
    keys = {"unreadable_key": [None, b"\xff\xfe", b"", b"no code", code.lower().encode()]}
    partition = 2 if cause == "wrong_partition" else 1
    value = None if cause == "tombstone" else good(code).value

    offsets = [
        await write_raw(engines, key, value, good(code).headers(), partition=partition)
        for key in keys.get(cause, [code.encode()])
    ]
    await told(engines, well, "first")

    await journal_becomes(parts.store, well, "first")
    for offset in offsets:
        where = f"{DISPUTES.name}/{partition}/{offset}"
        await eventually(partial(has_alarm, parts.store, where, cause), f"alarm for {where}")
    held = [q for q in await parts.store.quarantined(limit=1_000) if q.partition == partition]
    assert {q.cause for q in held if q.offset in offsets} == {cause}
    assert await parts.store.row(code) is None


async def has_alarm(store: Store, where: str, cause: str) -> bool:
    return await alarm_of(store, "quarantined", where) == cause


async def test_a_header_name_that_the_client_library_cannot_read_is_quarantined(
    engines: LocalStack, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NotUtf8(str):
        __slots__ = ()

        def encode(self, *_: object) -> bytes:
            return b"\xff\xfe"

    for module in (producer, message_accumulator):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", AnyNameBuilder)
    code, well = code_in(5), code_in(5)
    headers = [*good(code).headers(), (NotUtf8("x"), b"1")]

    await told(engines, well, "first")
    offset = await write_raw(engines, code.encode(), good(code).value, headers, partition=5)
    await told(engines, well, "second")

    await journal_becomes(parts.store, well, "first", "second")
    where = f"{DISPUTES.name}/5/{offset}"
    assert await has_alarm(parts.store, where, "unreadable_key")


@pytest.mark.parametrize("value", [None, b"{", b"NUL"])
async def test_an_agency_that_cannot_be_listed_is_quarantined_and_the_rest_is_listed(
    engines: LocalStack, parts: Parts, value: bytes | None
) -> None:
    code = new_code()
    if value == b"NUL":
        value = (
            b'{"agency":"PC\\u0000","name":"n","kind":"committee","level":"village","place":"3"}'
        )

    offset = await write_raw(engines, b"PC", value, [], partition=0, topic=AGENCIES)

    where = f"{AGENCIES.name}/0/{offset}"
    cause = "bad_data" if value and b"u0000" in value else "bad_agency"
    await eventually(partial(has_alarm, parts.store, where, cause), f"alarm for {where}")
    await told(engines, code, "first")
    await journal_becomes(parts.store, code, "first")
    assert not await queue_of(parts.store, code)
