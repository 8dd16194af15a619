"""Every topic: who writes it, who reads it, what it carries, how long it is kept.

Partition counts of dispute topics are equal and fixed: one partition *number* is one unit of
work (its inputs, its outbox rows, its clocks), leased as a whole.
"""

from dataclasses import dataclass
from datetime import timedelta

DISPUTE_PARTITIONS = 6
RECORD_BYTES_MAX = 1_048_576
FOREVER: None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: `<owner>.<stream>.v<major>`, one writer, the dispute code as key.

    `retention` None keeps records for ever. A `compacted` topic keeps the last record of a key
    and is read whole by its readers, as reference data.
    """

    name: str
    writer: str
    readers: frozenset[str]
    types: frozenset[str]
    retention: timedelta | None
    partitions: int = DISPUTE_PARTITIONS
    compacted: bool = False
    sequenced: bool = False

    def config(self) -> dict[str, str]:
        """Kafka's settings of this topic, as strings."""
        retention_ms = -1 if self.retention is None else int(self.retention.total_seconds() * 1000)
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(retention_ms),
            "max.message.bytes": str(RECORD_BYTES_MAX),
        }


EVERY_DOOR = frozenset({"police_link", "court_link", "mediation"})

CANONICAL_TYPES = frozenset(
    {
        "dispute.registered",
        "dispute.linked",
        "dispute.closed",
        "referral.offered",
        "referral.received",
        "referral.accepted",
        "referral.declined",
        "referral.escalated",
        "mediation.started",
        "mediation.failed",
        "agreement.reached",
        "agreement.performed",
        "agreement.breached",
        "performance.recorded",
        "confirmation.applied",
        "confirmation.ruled",
        "closing.applied",
        "clock.set",
        "clock.warned",
        "clock.expired",
        "clock.reinstated",
        "clock.stopped",
        "proposal.refused",
    }
)

DISPUTES = Topic(
    "intake.dispute.v1",
    writer="intake",
    readers=frozenset({"routing"}),
    types=frozenset({"dispute.registered", "dispute.linked"}),
    retention=timedelta(days=30),
)
REFERRALS = Topic(
    "routing.referral.v1",
    writer="routing",
    readers=EVERY_DOOR | {"intake"},
    types=CANONICAL_TYPES,
    retention=FOREVER,
    sequenced=True,
)
AGENCIES = Topic(
    "directory.agency.v1",
    writer="directory",
    readers=EVERY_DOOR | {"intake", "routing", "directory"},
    types=frozenset({"agency.listed"}),
    retention=FOREVER,
    partitions=1,
    compacted=True,
)
POLICE_REQUESTS = Topic(
    "police_link.request.v1",
    writer="police_link",
    readers=frozenset({"intake"}),
    types=frozenset({"referral.requested"}),
    retention=timedelta(days=30),
)


def _proposals_of(door: str) -> Topic:
    return Topic(
        f"{door}.proposal.v1",
        writer=door,
        readers=frozenset({"routing"}),
        types=frozenset({"proposal.made"}),
        retention=timedelta(days=30),
    )


POLICE_PROPOSALS = _proposals_of("police_link")
COURT_PROPOSALS = _proposals_of("court_link")
MEDIATION_PROPOSALS = _proposals_of("mediation")

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        DISPUTES,
        REFERRALS,
        AGENCIES,
        POLICE_REQUESTS,
        POLICE_PROPOSALS,
        COURT_PROPOSALS,
        MEDIATION_PROPOSALS,
    )
}


def read_by(service: str) -> tuple[Topic, ...]:
    """The dispute topics that a service consumes, in their declared order."""
    return tuple(t for t in TOPICS.values() if service in t.readers and not t.compacted)
