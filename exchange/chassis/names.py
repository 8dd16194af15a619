"""Every name that leaves the process: span attributes, metrics, alarms. One registry, ids only."""

from typing import Literal

SERVICE = "fengqiao.service"
DISPUTE_CODE = "fengqiao.dispute_code"
EVENT_TYPE = "fengqiao.event_type"
EVENT_ID = "fengqiao.event_id"
COMMAND = "fengqiao.command"
CLOCK_RULE = "fengqiao.clock_rule"
HANDOFF_ID = "fengqiao.handoff_id"
AGENCY = "fengqiao.agency"
BATCH_EVENTS = "fengqiao.batch_events"
PARTITION = "fengqiao.partition"
OUTCOME = "fengqiao.outcome"

AlarmKind = Literal[
    "dispute_parked",
    "quarantined",
    "records_lost",
    "partition_stalled",
    "outbox_stuck",
    "handoff_dead",
    "event_discarded",
    "clock_unknown",
    "clock_expired",
    "late_act_refused",
    "no_agency",
    "fork_danger",
    "sensitive_matter",
    "linked_after_end",
    "court_silent",
    "police_case_expired",
    "mediation_conduct_expired",
    "confirmation_decide_expired",
]
