"""What we write is a CloudEvent to the CloudEvents SDK, and what it writes we read."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat

from exchange.contracts import goldens
from exchange.contracts.envelope import BadEnvelope, Envelope

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _envelope(name: str, version: int) -> Envelope:
    example = goldens.examples()[name, version]
    return Envelope(
        id="019cac2a-9dc0-8eb6-8ca1-9b7118e9281f",
        type=name,
        version=version,
        source="routing",
        subject=str(example.get("dispute_code") or example["agency"]),
        time=datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=UTC),
        value=json.dumps(example, ensure_ascii=False).encode(),
        sequence=7,
        causation_id="019cac2a-9dc0-8eb6-8ca1-000000000000",
        traceparent=TRACEPARENT,
    )


@pytest.mark.parametrize("missing", ["ce_id", "ce_type", "ce_source", "ce_dataschema"])
def test_a_record_that_is_no_cloudevent_is_refused_by_the_missing_header(missing: str) -> None:
    headers = [pair for pair in _envelope("dispute.closed", 1).headers() if pair[0] != missing]
    with pytest.raises(BadEnvelope, match=missing):
        Envelope.read(headers, b"{}")


@pytest.mark.parametrize("key", sorted(goldens.examples()), ids=str)
def test_the_sdk_reads_our_records(key: tuple[str, int]) -> None:
    envelope = _envelope(*key)
    read = from_binary(
        KafkaMessage(dict(envelope.headers()), envelope.subject, envelope.value), JSONFormat()
    )
    assert read.get_specversion() == "1.0"
    assert (read.get_id(), read.get_type()) == (envelope.id, envelope.type)
    assert read.get_source() == "/fengqiao/routing"
    assert (read.get_subject(), read.get_time()) == (envelope.subject, envelope.time)
    assert read.get_dataschema() == goldens.kept()[key]["$id"]
    assert read.get_extension("sequence") == "7"
    assert read.get_extension("causationid") == envelope.causation_id
    assert read.get_data() == goldens.examples()[key]


@pytest.mark.parametrize("key", sorted(goldens.examples()), ids=str)
def test_we_read_what_the_sdk_writes(key: tuple[str, int]) -> None:
    # given our record, read by the SDK and written again by it
    envelope = _envelope(*key)
    ours = KafkaMessage(dict(envelope.headers()), envelope.subject, envelope.value)
    theirs = to_binary(from_binary(ours, JSONFormat()), JSONFormat())
    # when we read theirs, with the trace context that is no attribute of the event
    headers = [*theirs.headers.items(), ("traceparent", TRACEPARENT.encode())]
    read = Envelope.read(headers, theirs.value)
    # then it says the same
    assert json.loads(read.value) == json.loads(envelope.value)
    assert replace(read, value=b"") == replace(envelope, value=b"")
