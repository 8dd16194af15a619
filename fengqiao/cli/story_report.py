"""report.json of the demo: what one dispute's story left behind, for a program to read.

`dispute_code`; `events`, each with its sequence, type, sender, receiver, machine time, legal time
and trace; whether the ledger, the trace and the receipts held; `pii_hits`, places where a name or
number was found; `hops`, how often it was offered; `offer_s`, seconds of machine time from the
police's POST being received to the first offer being signed for; `seconds`, of the whole run.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fengqiao.cli.live_view import parties
from fengqiao.cli.proof import Proof
from sandbox.story.watch import Seen


def report(
    dispute: str,
    seen: Sequence[Seen],
    receipts: Sequence[Mapping[str, Any]],
    proof: Proof,
    seconds: float,
) -> dict[str, Any]:
    """The whole of it as JSON values; `receipts` are those that the agencies were given."""
    return {
        "dispute_code": dispute,
        "events": [_shown(event) for event in seen],
        "ledger_verified": proof.ledger.ok,
        "trace_unbroken": not proof.broken,
        "receipts_verified": proof.receipts_verified,
        "pii_hits": len(proof.pii),
        "hops": sum(1 for event in seen if event.type == "referral.offered"),
        "offer_s": round(offer_s(dispute, seen, receipts), 3),
        "seconds": round(seconds, 1),
    }


def offer_s(dispute: str, seen: Sequence[Seen], receipts: Sequence[Mapping[str, Any]]) -> float:
    """Seconds from the first receipt's `received_at` to the first `referral.received`.

    Raises ValueError where the dispute has no receipt or no offer was signed for.
    """
    documents = [receipt["document"] for receipt in receipts]
    posted = min(
        datetime.fromisoformat(document["received_at"])
        for document in documents
        if document["dispute_code"] == dispute
    )
    signed_for = min(event.at for event in seen if event.type == "referral.received")
    return (signed_for - posted).total_seconds()


def _shown(event: Seen) -> dict[str, Any]:
    sender, receiver = parties(event)
    return {
        "sequence": event.sequence,
        "type": event.type,
        "from": sender,
        "to": receiver,
        "at": event.at.isoformat(),
        "legal_at": event.data["legal_at"],
        "trace_id": event.trace_id,
    }
