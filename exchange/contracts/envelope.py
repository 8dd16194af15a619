"""CloudEvents 1.0 in Kafka's binary mode: `ce_*` headers, JSON value, `traceparent` beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

Headers = Sequence[tuple[str, bytes]]

SOURCE_PREFIX = "/fengqiao/"
VALUE_BYTES_MAX = 900_000
"""Below a topic's limit of 1 MiB a record, headers included; checked when a row is written."""


class BadEnvelope(ValueError):
    """A record that is no CloudEvent of ours: `reason` says what is missing or malformed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


SEQUENCE_DIGITS_MAX = 18


def sequence_in(headers: Headers) -> int | None:
    """The canonical sequence by its header alone, whatever else can be read; None without one."""
    told = dict(headers).get("ce_sequence") or b""
    return int(told) if told.isdigit() and len(told) <= SEQUENCE_DIGITS_MAX else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as it lies on a topic.

    `sequence` is the dispute's ledger sequence and `ledger_hash` the hex of its ledger entry
    (canonical events only), `value` the JSON bytes exactly as published: they are hashed and
    signed, so nobody serialises them again.
    """

    id: str
    type: str
    version: int
    source: str
    subject: str
    time: datetime
    value: bytes
    sequence: int | None = None
    ledger_hash: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None

    def headers(self) -> list[tuple[str, bytes]]:
        return headers_of(
            event_id=self.id,
            event_type=self.type,
            version=self.version,
            source=self.source,
            subject=self.subject,
            time=self.time.isoformat(),
            sequence=self.sequence,
            ledger_hash=self.ledger_hash,
            causation_id=self.causation_id,
            traceparent=self.traceparent,
        )

    @classmethod
    def read(cls, headers: Headers, value: bytes | None) -> "Envelope":
        """The envelope of a consumed record. Raises BadEnvelope, never another error."""
        if value is None:
            raise BadEnvelope("the record has no value (a tombstone)")
        try:
            fields = {name: raw.decode("utf-8") for name, raw in headers}
        except UnicodeDecodeError as error:
            raise BadEnvelope(f"a header is not UTF-8: {error.reason}") from error
        missing = [
            name
            for name in ("ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_dataschema")
            if not fields.get(name)
        ]
        if missing:
            raise BadEnvelope(f"headers missing: {', '.join(missing)}")
        try:
            return cls(
                id=fields["ce_id"],
                type=fields["ce_type"],
                version=int(fields["ce_dataschema"].rpartition("/v")[2]),
                source=fields["ce_source"].removeprefix(SOURCE_PREFIX),
                subject=fields["ce_subject"],
                time=datetime.fromisoformat(fields["ce_time"]),
                value=value,
                sequence=int(fields["ce_sequence"]) if "ce_sequence" in fields else None,
                ledger_hash=fields.get("ce_ledgerhash"),
                causation_id=fields.get("ce_causationid"),
                traceparent=fields.get("traceparent"),
            )
        except ValueError as error:
            raise BadEnvelope(f"a header does not parse: {error}") from error


def headers_of(
    *,
    event_id: str,
    event_type: str,
    version: int,
    source: str,
    subject: str,
    time: str,
    sequence: int | None,
    ledger_hash: str | None,
    causation_id: str | None,
    traceparent: str | None,
) -> list[tuple[str, bytes]]:
    """The headers of one event, as `Envelope` names its fields; `time` in ISO 8601."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.encode()),
        ("ce_source", f"{SOURCE_PREFIX}{source}".encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", time.encode()),
        ("ce_dataschema", f"{SOURCE_PREFIX}schemas/{event_type}/v{version}".encode()),
        ("content-type", b"application/json"),
    ]
    if sequence is not None:
        headers.append(("ce_sequence", b"%d" % sequence))
    if ledger_hash is not None:
        headers.append(("ce_ledgerhash", ledger_hash.encode()))
    if causation_id is not None:
        headers.append(("ce_causationid", causation_id.encode()))
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return headers
