"""report.json of the demo, from plain values: the time from the police's POST to the offer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fengqiao.cli.proof import Proof
from fengqiao.cli.story_report import offer_s, report
from fengqiao.cli.trace_tree import TraceTree
from fengqiao.client.verifier import Verdict
from sandbox.story.watch import Seen

DISPUTE, ANOTHER = "330803-2026-TESTCODE01-A", "330803-2026-TESTCODE02-B"
POSTED = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PROOF = Proof(Verdict(True, []), 0, (), TraceTree(()), ())


def receipt(after_s: float, dispute: str | None = DISPUTE) -> dict[str, Any]:
    """As an agency is given it, so long after the POST; None: about the directory."""
    received_at = (POSTED + timedelta(seconds=after_s)).isoformat()
    return {"document": {"dispute_code": dispute, "received_at": received_at}}


def seen(event_type: str, sequence: int, after_s: float) -> Seen:
    at = POSTED + timedelta(seconds=after_s)
    data = {"legal_at": "2026-03-02T09:00:00+08:00"}
    return Seen(DISPUTE, event_type, f"id-{sequence}", sequence, at, None, data)


OFFERED = seen("referral.offered", 2, 0.2)


def test_without_a_signed_offer_or_a_receipt_no_time_is_told() -> None:
    with pytest.raises(ValueError, match="empty"):
        offer_s(DISPUTE, [OFFERED], [receipt(0)])
    with pytest.raises(ValueError, match="empty"):
        offer_s(DISPUTE, [seen("referral.received", 4, 0.7)], [receipt(0, ANOTHER)])


def test_the_time_runs_from_the_first_receipt_to_the_first_signature_for_an_offer() -> None:
    events = [OFFERED, seen("referral.received", 4, 0.75), seen("referral.received", 9, 30)]
    receipts = [receipt(-60, ANOTHER), receipt(-90, None), receipt(0), receipt(5)]

    told = report(DISPUTE, events, receipts, PROOF, seconds=40.06)

    assert told["offer_s"] == 0.75
    assert (told["seconds"], told["hops"], len(told["events"])) == (40.1, 1, 3)
