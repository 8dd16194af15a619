"""Seal a dossier to intake, so that what a linkage holds of it is unreadable even to itself."""

import base64
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from exchange.chassis.decider import Refused
from exchange.chassis.reference import AgencyBook
from exchange.dossier.sealing import DossierTooLarge, SealingPublicKey, seal

RETRY_AFTER_S = 5


def seal_to_intake(
    dossier: dict[str, Any], book: AgencyBook, *, dispute_code: str, at: datetime
) -> str:
    """The compact JWE. Raises Refused: 503 while no sealing key is known, 413 when too large."""
    listed = book.sealing_key(at)
    if listed is None:
        raise Refused(
            "no_sealing_key",
            "暂无可用的封装密钥，请稍后用同一 Idempotency-Key 重试",
            "no sealing key is in force here yet; try again with the same Idempotency-Key",
            status=503,
            extra={"retry_after_s": RETRY_AFTER_S},
        )
    recipient = SealingPublicKey(
        kid=listed.key_id,
        public=X25519PublicKey.from_public_bytes(base64.b64decode(listed.public)),
        valid_from=listed.valid_from,
        valid_to=listed.valid_to or datetime.max.replace(tzinfo=UTC),
    )
    try:
        return seal(dossier, recipient, dispute_code=dispute_code)
    except DossierTooLarge as error:
        zh, _, en = str(error).partition(" / ")
        raise Refused("dossier_too_large", zh, en, status=413) from error
