"""Erasure: the dispute's key is destroyed, so that every ciphertext of it is noise from then on.

The keyed hashes of its parties go too: nobody finds this dispute by a person again. Digests,
signatures and the ledger still verify. Complete it is only when the sealing keys of its time are
destroyed too, after the topic's retention and the backups' life: the answer says so.
"""

from datetime import datetime

from exchange.chassis.decider import (
    CommandGiven,
    Decision,
    DropBlob,
    DropIndex,
    Refused,
    View,
)
from exchange.contracts.topics import POLICE_REQUESTS
from services.intake.opening import KEY_BLOB
from services.intake.reading import access_row, require_kept
from services.intake.same_dispute import PARTY
from services.intake.schemas import ErasureForm
from services.intake.state import Register


def erase(state: Register, command: CommandGiven, view: View, now: datetime) -> Decision[Register]:
    """Raises Refused: 410 when it was erased before, 409 when there is nothing to erase."""
    asked: ErasureForm = command.body
    require_kept(state)
    if state.dossier is None:
        raise Refused(
            "no_dossier",
            "该纠纷在本系统没有个人信息可删",
            "this dispute has no dossier here that could be erased",
        )
    assert POLICE_REQUESTS.retention is not None
    reply = {
        "erased_at": now.isoformat(),
        "complete": False,
        "complete_not_before": (now + POLICE_REQUESTS.retention).isoformat(),
        "remaining": ["sealing_keys_of_that_time", "backups"],
    }
    return Decision(
        state.model_copy(update={"erased_at": now, "parties": ()}),
        (
            access_row(view, command.agency, f"erase|{asked.reason}"),
            DropBlob(KEY_BLOB),
            *(DropIndex(PARTY, one) for one in state.parties),
        ),
        reply=reply,
    )
