"""Tracing over every hop: contexts travel in outbox rows, clocks, handoffs and parked events.

A consumed event opens its own process span, child of its producer's, only when that context is
sampled. A human act starts a trace that links to the span before it, so that from every event
parents and links lead back to the first POST.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
)

from exchange.chassis import names
from exchange.chassis.decider import (
    Arrival,
    ClockDue,
    CommandGiven,
    EventArrived,
    HandoffAnswered,
)

EXPORT_QUEUE_MAX = 8_192
TRACEPARENT = re.compile(
    r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII
)


class Trace:
    """The spans of one service."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def process(
        self, arrival: Arrival, code: str, cause: str | None, before: str | None
    ) -> Iterator[str | None]:
        """The span in which one arrival is decided; yields the traceparent of what follows.

        `cause` is the context that came with the arrival, `before` that of the last thing that
        happened to the dispute. Without a sampled cause no span is opened and `cause` goes on.
        """
        if not is_sampled(cause):
            yield cause
            return
        timed = isinstance(arrival, ClockDue)
        parent = None if timed else cause
        linked = {before, cause if timed else None} - {None}
        links = [Link(context_of(p)) for p in linked if p and not _same_trace(p, parent)]
        with self.span(
            f"{_what(arrival)} process",
            parent=parent,
            kind=SpanKind.CONSUMER,
            links=links,
            attributes={names.DISPUTE_CODE: code, **_attributes(arrival)},
        ) as span:
            yield traceparent_of(span)

    @contextmanager
    def span(
        self,
        name: str,
        *,
        parent: str | None,
        kind: SpanKind = SpanKind.INTERNAL,
        links: Sequence[Link] = (),
        attributes: Mapping[str, Any] | None = None,
    ) -> Iterator[Span]:
        """A span, a root without `parent`. An error marks it by its type alone and goes on."""
        context = trace.set_span_in_context(
            NonRecordingSpan(context_of(parent)) if parent else trace.INVALID_SPAN
        )
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=kind,
            links=links,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                raise


def _what(arrival: Arrival) -> str:
    match arrival:
        case EventArrived(event=event):
            return event.type
        case CommandGiven(name=name):
            return name
        case ClockDue(rule=rule):
            return f"clock {rule}"
        case HandoffAnswered():
            return "handoff.answer"


def _attributes(arrival: Arrival) -> dict[str, str]:
    match arrival:
        case EventArrived(event=event, id=event_id):
            return {names.EVENT_TYPE: event.type, names.EVENT_ID: event_id}
        case CommandGiven(name=name, agency=agency):
            return {names.COMMAND: name, names.AGENCY: agency}
        case ClockDue(rule=rule):
            return {names.CLOCK_RULE: rule}
        case HandoffAnswered(handoff_id=handoff_id, agency=agency):
            return {names.HANDOFF_ID: handoff_id, names.AGENCY: agency}


# W3C Trace Context


def traceparent_of(span: Span) -> str | None:
    """The span's context as a `traceparent`; None where there is none."""
    context = span.get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def current_traceparent() -> str | None:
    return traceparent_of(trace.get_current_span())


def context_of(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(int(flags, 16)))


def _same_trace(one: str, other: str | None) -> bool:
    return other is not None and one.split("-")[1] == other.split("-")[1]


def is_sampled(traceparent: str | None) -> bool:
    """Bit 0 of the flags; others may be set beside it (bit 1: random trace id)."""
    return traceparent is not None and bool(int(traceparent[-2:], 16) & TraceFlags.SAMPLED)


def valid_traceparent(text: str | None) -> str | None:
    """`text` if it is a well-formed traceparent (a caller may send anything), else None."""
    return text if text and TRACEPARENT.fullmatch(text) else None


# Export


def open_tracing(
    service: str, *, endpoint: str | None, file: Path | None, ratio: float
) -> tuple[Trace, TracerProvider]:
    """Tracing for one process: spans go to `endpoint` (OTLP over HTTP), to `file`, or nowhere."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}),
        sampler=ParentBased(TraceIdRatioBased(ratio)),
    )
    exporters: list[SpanExporter] = []
    if endpoint:
        exporters.append(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
    if file:
        exporters.append(OtlpJsonLines(file, service))
    for exporter in exporters:
        provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=EXPORT_QUEUE_MAX, schedule_delay_millis=500)
        )
    return Trace(provider.get_tracer("fengqiao")), provider


class OtlpJsonLines(SpanExporter):
    """Spans as OTLP JSON, one span a line: what the demo and the tests read in a local home."""

    def __init__(self, path: Path, service: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._service = path, service

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(json.dumps(span_json(s, self._service)) + "\n" for s in spans)
        with self._path.open("a", encoding="utf-8") as out:
            out.write(lines)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is held open between exports."""


def span_json(span: ReadableSpan, service: str) -> dict[str, Any]:
    """One span as in OTLP's JSON encoding, with the service's name beside it."""
    context, parent = span.get_span_context(), span.parent
    assert context is not None
    return {
        "service": service,
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "parentSpanId": f"{parent.span_id:016x}" if parent else "",
        "name": span.name,
        "kind": span.kind.value + 1,
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": [
            {"key": key, "value": {"stringValue": str(value)}}
            for key, value in (span.attributes or {}).items()
        ],
        "links": [
            {"traceId": f"{link.context.trace_id:032x}", "spanId": f"{link.context.span_id:016x}"}
            for link in span.links
        ],
        "status": {"code": span.status.status_code.value},
    }
