"""`python -m bench.decide_cost`: what one input of routing costs the processor before Postgres.

No Kafka, no Postgres, one process: the whole stories of `bench.workload`, step by step, in the
processor's time, the best of several runs. Figures go into bench/RESULTS.md by hand.
"""

import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from bench.workload import EVENTS_PER_STORY, Story, listings, stories
from exchange.chassis.decider import EventArrived, View
from exchange.chassis.decoding import item_of
from exchange.chassis.effects import Carrier
from exchange.chassis.fold import Item
from exchange.chassis.ids import Ids
from exchange.chassis.partitioning import partition_of
from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import DisputeRow, Record, Writes
from exchange.contracts.envelope import Envelope
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.topics import DISPUTES, MEDIATION_PROPOSALS, Topic
from services.routing.decider import decide
from services.routing.state import DisputeState

DISPUTES_TOLD = 300
RUNS = 5


def main() -> None:
    """Print microseconds an input, step by step."""
    told = list(stories(DISPUTES_TOLD))
    listed = [AgencyListedV1.model_validate_json(e.value) for e in listings()]
    book = AgencyBook(1, {agency.agency: agency for agency in listed})
    runs = [_spent(told, book) for _ in range(RUNS)]
    best = min(runs, key=lambda spent: spent.total())
    for step, ns in (*best.items(), ("together", best.total())):
        sys.stdout.write(f"{step:10} {ns / 1000 / DISPUTES_TOLD / EVENTS_PER_STORY:8.1f} µs\n")


def _spent(told: list[Story], book: AgencyBook) -> Counter[str]:
    """Nanoseconds of the processor, by step, for every input of these stories."""
    spent = Counter[str]()
    for story in told:
        code = story.registration.subject
        row = DisputeRow(code, partition_of(code, DISPUTES.partitions))
        for nth, envelope in enumerate((story.registration, *story.proposals)):
            topic = MEDIATION_PROPOSALS if nth else DISPUTES
            row = _step(spent, _record(envelope, topic), topic, row, book)
    return spent


def _record(envelope: Envelope, topic: Topic) -> Record:
    code = envelope.subject
    number = partition_of(code, topic.partitions)
    return Record(topic.name, number, 0, code.encode(), envelope.headers(), envelope.value)


def _step(
    spent: Counter[str], record: Record, topic: Topic, row: DisputeRow, book: AgencyBook
) -> DisputeRow:
    began = time.process_time_ns()
    item = item_of(record, topic)
    assert isinstance(item, Item)
    assert isinstance(item.arrival, EventArrived)
    decoded = time.process_time_ns()
    state = DisputeState.model_validate_json(row.state) if row.state else DisputeState()
    loaded = time.process_time_ns()
    now, ids = datetime.now(UTC), Ids(item.cause_at, item.cause)
    decision = decide(state, item.arrival, View(row.code, book, ids), now)
    decided = time.process_time_ns()
    carrier = Carrier("routing", replace(row), ids, now, item.traceparent, None, Writes())
    carrier.carry_out(decision)
    carried = time.process_time_ns()
    carrier.row.state = decision.state.model_dump_json(exclude_defaults=True).encode()
    spent["decode"] += decoded - began
    spent["state in"] += loaded - decoded
    spent["decide"] += decided - loaded
    spent["effects"] += carried - decided
    spent["state out"] += time.process_time_ns() - carried
    return carrier.row


if __name__ == "__main__":
    main()
