"""Whatever is changed in a bundle, the verifier finds it; it knows none of the writer's code."""

import base64
import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.contracts.events.base import Evidence
from exchange.identity.checkpoints import (
    NO_CHECKPOINT,
    Checkpoint,
    Head,
    inclusion_proofs,
    root,
    sign_checkpoint,
)
from exchange.identity.evidence import evidence_of, evidence_sha256
from exchange.identity.keys import SigningKey
from exchange.identity.ledger import GENESIS, entry_hash
from exchange.identity.receipts import Pin, Receipt, sign_receipt
from exchange.identity.signatures import sign_request, verify_request
from fengqiao.client.verifier import Verdict, verify_bundle

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CODE = "330803-2026-0123456789-7"
STATION = SigningKey.generate("PS-330803-01")
EXCHANGE = SigningKey.generate("EX-330803-00")
COURT = SigningKey.generate("CT-330803-01")
TRUSTED = {STATION.key_id, COURT.key_id, EXCHANGE.key_id}
BODY = b"{}"
TYPES = {1: "performance.recorded", 2: "agreement.performed"}
"""What one request may cause together."""

TOLD = hashlib.sha256(BODY).hexdigest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def signature(key: SigningKey, method: str = "POST", created: datetime = NOW) -> Evidence:
    """What is kept of a request that this agency signed."""
    url = "https://exchange.example/police/v1/referrals"
    headers = sign_request(
        key, method, url, {}, BODY, created=created, nonce="n1", idempotency_key="k1"
    )
    keys = {key.key_id: key.verify_key(NOW)}.get
    return evidence_of(verify_request(method, url, headers, BODY, keys=keys, now=NOW))


def ledger(
    length: int, evidence: Evidence, told: str = TOLD, acts: tuple[int, ...] = (1, 2)
) -> list[dict[str, Any]]:
    """Entries as routing writes them; `acts` are the station's own, by `evidence`, which stands
    beside the first entry whoever's it is. The others are the exchange's."""
    entries, prev = [], GENESIS
    for sequence in range(1, length + 1):
        value = {"actor": EXCHANGE.agency, "地点": "廿里镇"}
        if sequence in acts:
            value = {"actor": STATION.agency}
            value |= {"evidence_sha256": evidence_sha256(evidence), "request_sha256": told}
        fields = {
            "id": f"event-{sequence}",
            "type": TYPES.get(sequence, "clock.set"),
            "subject": CODE,
            "sequence": sequence,
            "time": (NOW + timedelta(minutes=sequence)).isoformat(),
        }
        raw = json.dumps(value, ensure_ascii=False).encode()
        digest = entry_hash(prev, value=raw, **fields)  # type: ignore[arg-type]  # a plain dict
        entries.append(
            fields
            | {"value_b64": b64(raw), "prev_b64": b64(prev), "hash_b64": b64(digest)}
            | ({"evidence": evidence.model_dump(mode="json")} if sequence == 1 else {})
        )
        prev = digest
    return entries


def receipt(sequence: int, entries: list[dict[str, Any]], key: SigningKey) -> dict[str, Any]:
    pinned = base64.b64decode(entries[sequence - 1]["hash_b64"]).hex()
    return sign_receipt(
        Receipt(
            dispute_code=CODE,
            agency="PS-330803-01",
            act="refer",
            request_sha256=TOLD,
            received_at=NOW,
            legal_at=NOW,
            pinned=Pin(sequence=sequence, hash_sha256=pinned),
        ),
        key,
    )


def checkpoints(entries: list[dict[str, Any]], key: SigningKey) -> list[dict[str, Any]]:
    """Two minutes: entry 2 among five disputes, then entry 4 among three."""
    points, previous = [], NO_CHECKPOINT
    for number, (sequence, others) in enumerate([(2, 4), (4, 2)], start=1):
        own = Head(CODE, sequence, base64.b64decode(entries[sequence - 1]["hash_b64"]))
        heads = [own, *(Head(f"330803-2026-{n}", n + 1, bytes([n]) * 32) for n in range(others))]
        index = sorted(heads).index(own)
        path = inclusion_proofs(heads)[index]
        point = Checkpoint(
            number=number,
            previous_sha256=previous,
            at=NOW + timedelta(minutes=number),
            root_sha256=root(heads).hex(),
            count=len(heads),
        )
        inclusion = {
            "sequence": sequence,
            "hash_b64": b64(own.hash),
            "index": index,
            "path_b64": [b64(step) for step in path],
        }
        points.append({"signed": sign_checkpoint(point, key), "inclusion": inclusion})
        previous = point.sha256()
    return points


def bundle(
    exchange: SigningKey = EXCHANGE, evidence: Evidence | None = None, told: str = TOLD
) -> dict[str, Any]:
    entries = ledger(5, evidence or signature(STATION), told)
    signers = (STATION, COURT, exchange)
    keys = [key.verify_key(NOW - timedelta(days=1)).to_json() for key in signers]
    whole: dict[str, Any] = {
        "format": "fengqiao-bundle-v1",
        "dispute_code": CODE,
        "exchange": "EX-330803-00",
        "ledger": entries,
        "receipts": [receipt(1, entries, exchange), receipt(5, entries, exchange)],
        "checkpoints": checkpoints(entries, exchange),
        "keys": keys,
    }
    copied: dict[str, Any] = json.loads(json.dumps(whole))
    return copied


WHOLE = bundle()


def failed(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.checks if not check.ok}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every scalar in a JSON value."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for name, child in children:
        if isinstance(child, dict | list):
            yield from leaves(child, (*path, name))
        else:
            yield (*path, name)


PROTECTED = [
    (part, *path) for part in ("ledger", "receipts", "checkpoints") for path in leaves(WHOLE[part])
]


def put(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Replace the value at `path`; the one that stood there."""
    *parents, name = path
    for parent in parents:
        whole = whole[parent]
    before, whole[name] = whole[name], value
    return before


def changed(value: Any, place: int) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "x"
    text = bytearray(value.encode("ascii", "replace"))
    place %= len(text)
    text[place] = ord("A") if text[place] != ord("A") else ord("Q")
    return text.decode()


@given(path=st.sampled_from(PROTECTED), place=st.integers(min_value=0))
def test_a_change_of_any_value_is_found(path: tuple[Any, ...], place: int) -> None:
    altered = copy.deepcopy(WHOLE)
    put(altered, path, changed(put(altered, path, None), place))

    assert not verify_bundle(altered).ok


@pytest.mark.parametrize("value", [None, -1, "", "é", [], {}, 10**30, 1.5])
def test_a_value_of_another_shape_is_found_and_never_a_crash(value: Any) -> None:
    for path in PROTECTED:
        altered = copy.deepcopy(WHOLE)
        before = put(altered, path, value)

        assert before == value or not verify_bundle(altered).ok, path


def _without_entry(number: int) -> Callable[[dict[str, Any]], None]:
    return lambda bundle: bundle["ledger"].pop(number - 1)


def _swapped(bundle: dict[str, Any]) -> None:
    bundle["ledger"][1], bundle["ledger"][2] = bundle["ledger"][2], bundle["ledger"][1]


def _rewritten(bundle: dict[str, Any]) -> None:
    """The operator writes entry 3 anew and makes the chain fit again."""
    prev = base64.b64decode(bundle["ledger"][1]["hash_b64"])
    for entry in bundle["ledger"][2:]:
        fields = {name: entry[name] for name in ("id", "type", "subject", "sequence", "time")}
        digest = entry_hash(prev, value=b'{"actor":"nobody"}', **fields)
        entry |= {"value_b64": b64(b'{"actor":"nobody"}'), "prev_b64": b64(prev)}
        entry["hash_b64"] = b64(digest)
        prev = digest


def _without_evidence(bundle: dict[str, Any]) -> None:
    del bundle["ledger"][0]["evidence"]


def _moved_to_another_dispute(bundle: dict[str, Any]) -> None:
    bundle["dispute_code"] = "330803-2026-9999999999-7"


def _without_keys(bundle: dict[str, Any]) -> None:
    bundle["keys"] = []


def _with_retired_keys(bundle: dict[str, Any]) -> None:
    for key in bundle["keys"]:
        key["valid_to"] = key["valid_from"]


def _with_checkpoints_swapped(bundle: dict[str, Any]) -> None:
    bundle["checkpoints"].reverse()


@pytest.mark.parametrize(
    ("attack", "found_by"),
    [
        (_without_entry(1), {"sequence", "chain"}),
        (_without_entry(3), {"sequence", "chain"}),
        (_without_entry(5), {"receipts"}),
        (_swapped, {"sequence", "chain"}),
        (_rewritten, {"receipts", "inclusion"}),
        (_without_evidence, {"evidence"}),
        (_moved_to_another_dispute, {"sequence", "receipts", "inclusion"}),
        (_without_keys, {"evidence", "receipts", "checkpoints"}),
        (_with_retired_keys, {"evidence", "receipts", "checkpoints"}),
        (_with_checkpoints_swapped, {"checkpoints", "inclusion"}),
    ],
)
def test_an_attack_is_found_by_the_checks_that_should_find_it(
    attack: Callable[[dict[str, Any]], None], found_by: set[str]
) -> None:
    altered = copy.deepcopy(WHOLE)
    attack(altered)

    assert found_by <= failed(verify_bundle(altered))


def test_a_forger_with_keys_of_his_own_is_found_by_the_published_key_ids() -> None:
    forged = bundle(exchange=SigningKey.generate("EX-330803-00"))

    assert verify_bundle(forged).ok
    assert failed(verify_bundle(forged, trusted_key_ids=TRUSTED)) == {"keys"}


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (signature(COURT), TOLD),
        (signature(COURT, "GET"), TOLD),
        (signature(STATION, "GET"), TOLD),
        (signature(STATION), "ab" * 32),
    ],
    ids=["another agency's act", "another agency's question", "a question", "another body"],
)
def test_a_true_signature_of_something_else_is_no_evidence_of_the_act(
    evidence: Evidence, told: str
) -> None:
    assert failed(verify_bundle(bundle(evidence=evidence, told=told))) == {"evidence"}


def test_a_signature_may_stand_beside_what_the_exchange_did_first_because_of_it() -> None:
    entries = ledger(5, signature(STATION), acts=(2,))
    caused = bundle() | {"ledger": entries, "receipts": [], "checkpoints": []}

    verdict = verify_bundle(caused)

    assert verdict.ok, verdict.checks
    assert "of 1 acts" in verdict.checks[4].detail


def test_what_the_exchange_signed_on_behalf_is_said_to_be_so() -> None:
    by_exchange = signature(EXCHANGE).model_copy(
        update={"agency": STATION.agency, "on_behalf": True}
    )

    verdict = verify_bundle(bundle(evidence=by_exchange))

    assert verdict.ok, verdict.checks
    assert "PS-330803-01 (代签 / on behalf) POST" in verdict.checks[4].detail


@pytest.mark.parametrize(
    "text", ["{}", "[]", "null", '"x"', '{"format": "fengqiao-bundle-v1"}', '{"format": 1}']
)
def test_what_is_no_bundle_is_said_to_be_none(text: str) -> None:
    assert failed(verify_bundle(json.loads(text))) == {"shape"}


def test_a_value_nested_without_end_is_found_not_followed() -> None:
    altered = copy.deepcopy(WHOLE)
    altered["ledger"][4]["value_b64"] = b64(b"[" * 100_000)

    assert "evidence" in failed(verify_bundle(altered))


def test_a_true_bundle_verifies_and_says_how_much_was_proven() -> None:
    verdict = verify_bundle(WHOLE, trusted_key_ids=TRUSTED)

    assert verdict.ok, verdict.checks
    details = {check.name: check.detail for check in verdict.checks}
    assert "1..5" in details["sequence"]
    assert details["evidence"].startswith("1 ")
    assert f"PS-330803-01 POST /police/v1/referrals, body sha-256 {TOLD}" in details["evidence"]
    assert details["receipts"].startswith("2 ")
    assert "2 张的请求已入台账" in details["receipts"]
    assert "第 4 条" in details["inclusion"]


def test_a_bundle_without_receipts_or_checkpoints_yet_verifies() -> None:
    assert verify_bundle(WHOLE | {"receipts": [], "checkpoints": []}).ok


def test_the_verifier_loads_nothing_of_the_exchange() -> None:
    code = (
        "import sys, fengqiao.client.verifier as v;"
        "print(sorted({m.partition('.')[0] for m in sys.modules}"
        " & {'exchange', 'services', 'law', 'pydantic', 'httpx', 'joserfc'}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
