"""Reading a dossier or file: decided and logged in one transaction, before a byte is opened.

The log is a row of the index, one for each touch of a dispute's ciphertext. Row-level security
(migrations/0001) shows the ciphertext only to who has just left such a row: no row, no bytes.
"""

from dataclasses import dataclass
from datetime import datetime

from exchange.chassis.decider import CommandGiven, Decision, Index, Refused, View
from exchange.identity.policy import Action, Field, Purpose
from services.intake.access import IN_DOSSIER, granted
from services.intake.state import Register

ACCESS = "access"
RETRY_AFTER_S = 1
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class ReadDossier:
    """`sequence` is that of the offer that the reader holds: our view must not be older."""

    purpose: Purpose
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class ReadFile:
    """`sequence` as in ReadDossier."""

    file_id: str
    purpose: Purpose
    sequence: int = 0


def access_row(view: View, agency: str, what: str) -> Index:
    """Who touched the ciphertext of this dispute, and for what (ids and codes only)."""
    return Index(ACCESS, view.ids.new(ACCESS), f"{agency}|{what}")


def read_dossier(
    state: Register, command: CommandGiven, view: View, _now: datetime
) -> Decision[Register]:
    """Raises Refused: 425 too early, 404 or 403 by the policy, 410 erased."""
    asked: ReadDossier = command.body
    fields = _granted(state, command, view, "read", asked)
    if fields & IN_DOSSIER:
        require_kept(state)
    row = access_row(view, command.agency, f"read|{asked.purpose}|{','.join(sorted(fields))}")
    return Decision(state, (row,), reply={"granted": sorted(fields), "purpose": asked.purpose})


def read_file(
    state: Register, command: CommandGiven, view: View, _now: datetime
) -> Decision[Register]:
    """Raises Refused: 425 too early, 404 or 403 by the policy, 404 no such file, 410 erased."""
    asked: ReadFile = command.body
    _granted(state, command, view, "read_file", asked)
    entry = state.file(asked.file_id)
    if entry is None:
        raise Refused(
            "no_such_file", "这件纠纷没有这个文件", "this dispute has no such file", status=404
        )
    require_kept(state)
    row = access_row(view, command.agency, f"read_file|{asked.purpose}|{asked.file_id}")
    return Decision(state, (row,), reply={"file": entry.model_dump(mode="json")})


def _granted(
    state: Register,
    command: CommandGiven,
    view: View,
    action: Action,
    asked: ReadDossier | ReadFile,
) -> frozenset[Field]:
    """The fields that the policy grants.

    Raises Refused 425 to who names an entry that is not seen yet, and to who names one and has no
    part in it here: the same answer whether there is such a dispute, and however far it has come.
    """
    if asked.sequence > state.last_sequence:
        raise too_early()
    try:
        return granted(state, command.agency, view.agencies, action, asked.purpose)
    except Refused as refused:
        if refused.status == NOT_FOUND and asked.sequence > 0:
            raise too_early() from refused
        raise


def too_early() -> Refused:
    return Refused(
        "too_early",
        f"受理系统尚未收到该流转记录，请 {RETRY_AFTER_S} 秒后重试；屡试不成的，请核对案码",
        f"intake has not seen that entry yet; try again in {RETRY_AFTER_S} s, or check the code",
        status=425,
        extra={"retry_after_s": RETRY_AFTER_S},
    )


def require_kept(state: Register) -> None:
    """Raises Refused 410 once the dispute's key is destroyed."""
    if state.erased_at is not None:
        raise Refused(
            "erased",
            "该纠纷的个人信息已依法删除，不能再查阅",
            "the personal data of this dispute was erased; it cannot be opened again",
            status=410,
        )
