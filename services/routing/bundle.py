"""The evidence of one dispute, as a third party checks it offline (`fengqiao verify`).

The format stands in fengqiao/client/verifier.py, which shares no code with this writer.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from exchange.chassis.reference import AgencyBook
from exchange.chassis.rows import CheckpointHead, LedgerRow, StoredCheckpoint
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.events.base import Evidence

FORMAT = "fengqiao-bundle-v1"


def bundle(
    code: str,
    rows: Sequence[LedgerRow],
    checkpoints: Sequence[tuple[StoredCheckpoint, CheckpointHead]],
    book: AgencyBook,
) -> dict[str, Any]:
    """Ledger, evidence, checkpoints, and the public keys of all who signed.

    Receipts are with those who got them: that list is empty here and a verifier adds them.
    """
    entries = [_entry(code, row) for row in rows]
    signers = {entry["evidence"]["key_id"] for entry in entries if entry["evidence"]}
    return {
        "format": FORMAT,
        "dispute_code": code,
        "exchange": EXCHANGE,
        "ledger": entries,
        "receipts": [],
        "checkpoints": [_checkpoint(point, head) for point, head in checkpoints],
        "keys": list(_keys(signers | _exchange_keys(book), book)),
    }


def _checkpoint(point: StoredCheckpoint, head: CheckpointHead) -> dict[str, Any]:
    return {
        "signed": json.loads(point.signed),
        "inclusion": {
            "sequence": head.sequence,
            "hash_b64": _b64(head.hash),
            "index": head.leaf,
            "path_b64": [_b64(step) for step in head.path],
        },
    }


def _entry(code: str, row: LedgerRow) -> dict[str, Any]:
    headers = dict(row.headers)
    evidence = Evidence.model_validate_json(row.evidence) if row.evidence else None
    return {
        "sequence": row.sequence,
        "id": row.id,
        "type": row.type,
        "subject": code,
        "time": headers["ce_time"].decode(),
        "value_b64": _b64(row.value),
        "prev_b64": _b64(row.prev),
        "hash_b64": _b64(row.hash),
        "evidence": evidence.model_dump(mode="json") if evidence else None,
    }


def _exchange_keys(book: AgencyBook) -> set[str]:
    exchange = book.get(EXCHANGE)
    return {key.key_id for key in exchange.keys if key.use == "sign"} if exchange else set()


def _keys(key_ids: Iterable[str], book: AgencyBook) -> Iterator[dict[str, Any]]:
    for key_id in sorted(key_ids):
        found = book.key(key_id)
        if found is None:
            continue
        agency, key = found
        yield {
            "key_id": key.key_id,
            "agency": agency.agency,
            "alg": key.algorithm,
            "key": key.public,
            "valid_from": key.valid_from.isoformat(),
            "valid_to": key.valid_to.isoformat() if key.valid_to else None,
        }


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
