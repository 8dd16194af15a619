"""Every act is signed by who did it, every receipt by the exchange."""

import json
from collections.abc import Mapping
from typing import Any

from tests.checker.case import Case, Fact
from tests.checker.hashing import canonical, document_signed, sha256, signed_by
from tests.checker.history import Invoke, Outcome, SeenEntry
from tests.checker.verdict import Finding, Violation

PROVEN = frozenset({"proposal.made", "dispute.registered"})
"""Events of an agency's own act: the first ledger entry that they cause bears their proof."""


def unsigned(case: Case) -> Finding:
    """P6: a 2xx carries a receipt that the exchange signed, over this request; the first ledger
    entry of an agency's act bears evidence that this agency signed, over this request."""
    for op, outcome in case.outcomes.items():
        invoke = case.invokes[op]
        if outcome.kind == "ok" and invoke.tells:
            yield from _receipt(case, invoke, outcome)
    for service in case.observation.services:
        seen: set[tuple[str, str]] = set()
        for entry in service.ledger:
            fact = case.facts.get(entry.id)
            cause = case.facts.get(fact.cause or "") if fact else None
            if cause is None or cause.type not in PROVEN or cause.id in case.marked["injected"]:
                continue
            if (entry.code, cause.id) not in seen:
                seen.add((entry.code, cause.id))
                yield from _evidence(case, entry, cause)


def _receipt(case: Case, invoke: Invoke, outcome: Outcome) -> Finding:
    form = outcome.receipt or {}
    key, document = case.keys.get(str(form.get("key_id"))), form.get("document", {})
    shown = (invoke, outcome)
    if key is None or key.agency != case.observation.exchange:
        yield Violation("2xx without a receipt of the exchange", shown)
    elif not document_signed(form, key.public):
        yield Violation("the receipt's signature does not hold", shown)
    elif document.get("agency") != invoke.agency:
        yield Violation("the receipt is another agency's", shown)
    elif document.get("request_sha256") not in _bodies(case, invoke):
        yield Violation("the receipt is for another request", shown)
    elif outcome.dispute_code not in (None, document.get("dispute_code")):
        yield Violation("the receipt is about another dispute", shown)


def _bodies(case: Case, invoke: Invoke) -> set[str]:
    """The request's own body; its twin's, sent earlier, has the same content in other bytes."""
    return {
        other.body_sha256
        for other in case.invokes.values()
        if other.agency == invoke.agency
        and (other.key == invoke.key or other.operation == invoke.operation == "refer")
    }


def _evidence(case: Case, entry: SeenEntry, cause: Fact) -> Finding:
    shown = (entry, cause.record)
    told = cause.body.get("evidence_sha256")
    if entry.evidence is None or (told is None and cause.type == "proposal.made"):
        yield Violation(f"{entry.code}/{entry.sequence} has no evidence", shown)
        return
    evidence = json.loads(entry.evidence)
    key = case.keys.get(evidence["key_id"])
    signer = case.observation.exchange if evidence.get("on_behalf") else evidence["agency"]
    if evidence["agency"] != cause.body["actor"] or key is None or key.agency != signer:
        yield Violation(f"the evidence is not that of {cause.body['actor']}", shown)
    elif not signed_by(key.public, evidence["signature"], evidence["base"].encode()):
        yield Violation("the evidence's signature does not hold", shown)
    elif told is not None and sha256(canonical(evidence)) != told:
        yield Violation("the event names other evidence", shown)
    elif not _is_of_request(case, evidence, cause):
        yield Violation("the evidence is of another request", shown)


def _is_of_request(case: Case, evidence: Mapping[str, Any], cause: Fact) -> bool:
    """Its signature base has the nonce of one of the tries of the command that caused the act."""
    tries = case.causes.get(cause.cause or "", ())
    return not tries or any(f'nonce="{i.nonce}"' in evidence["base"] for i in tries)
