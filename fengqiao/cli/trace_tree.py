"""The spans of a dispute as one tree: parents within a trace, links from trace to trace."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.tree import Tree

from exchange.chassis import names

FIRST_POST = "POST /police/v1/referrals"
HOPS_MAX = 10_000


@dataclass(slots=True)
class Span:
    """One span as read from the OTLP JSON lines."""

    span_id: str
    trace_id: str
    service: str
    name: str
    start_ns: int
    before: tuple[str, ...]
    dispute: str | None
    after: list["Span"] = field(default_factory=list)


class TraceTree:
    """All spans of a home, each hung below its parent, or below what its trace links to."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.by_id = {span.span_id: span for span in spans}
        for span in sorted(self.by_id.values(), key=lambda s: s.start_ns):
            for before in span.before:
                if before in self.by_id:
                    self.by_id[before].after.append(span)
                    break

    @classmethod
    def read(cls, file: Path) -> "TraceTree":
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return cls(_span(json.loads(line)) for line in lines)

    def leads_back(self, span_id: str, root_name: str = FIRST_POST) -> bool:
        """Whether parents and links lead from this span to a span of that name."""
        seen: set[str] = set()
        to_visit = [span_id]
        while to_visit and len(seen) < HOPS_MAX:
            span = self.by_id.get(to_visit.pop())
            if span is None or span.span_id in seen:
                continue
            if span.name == root_name:
                return True
            seen.add(span.span_id)
            to_visit += span.before
        return False

    def broken(self, traceparents: Mapping[str, str | None]) -> list[str]:
        """The events (by what they are called in `traceparents`) that do not lead back."""
        return [
            event
            for event, traceparent in traceparents.items()
            if traceparent is None or not self.leads_back(traceparent.split("-")[2])
        ]

    def drawn(self, root: Span) -> Tree:
        tree = Tree(_label(root), guide_style="dim")
        _grow(tree, root.after, {root.span_id})
        return tree

    def first(self, name: str, dispute_spans: Sequence[str]) -> Span | None:
        """The earliest span of that name from which one of these spans follows."""
        named = sorted((s for s in self.by_id.values() if s.name == name), key=lambda s: s.start_ns)
        wanted = set(dispute_spans)
        return next((s for s in named if wanted & {d.span_id for d in _below(s)}), None)


def _below(span: Span) -> list[Span]:
    found: list[Span] = []
    to_visit, seen = [span], set[str]()
    while to_visit and len(found) < HOPS_MAX:
        here = to_visit.pop()
        if here.span_id in seen:
            continue
        seen.add(here.span_id)
        found.append(here)
        to_visit += here.after
    return found


def _grow(tree: Tree, spans: Sequence[Span], seen: set[str]) -> None:
    for span in spans:
        if span.span_id not in seen:
            seen.add(span.span_id)
            _grow(tree.add(_label(span)), span.after, seen)


def _label(span: Span) -> str:
    return f"{span.service:<12} {span.name}  [dim]{span.trace_id[:8]}[/dim]"


def _span(line: Mapping[str, Any]) -> Span:
    attributes = {a["key"]: a["value"]["stringValue"] for a in line["attributes"]}
    links = [link["spanId"] for link in line["links"]]
    parent = line["parentSpanId"]
    return Span(
        span_id=line["spanId"],
        trace_id=line["traceId"],
        service=line["service"],
        name=line["name"],
        start_ns=int(line["startTimeUnixNano"]),
        before=tuple(([parent] if parent else []) + links),
        dispute=attributes.get(names.DISPUTE_CODE),
    )
