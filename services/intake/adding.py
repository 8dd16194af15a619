"""A file joins a dispute: encrypted under its key before it comes here."""

from dataclasses import dataclass, field
from datetime import datetime

from exchange.chassis.decider import CommandGiven, Decision, KeepBlob, Refused, View
from exchange.chassis.problems import not_found
from exchange.chassis.reference import AgencyBook
from services.intake.access import may_add_files
from services.intake.opening import file_blob
from services.intake.reading import access_row, require_kept
from services.intake.state import FILES_MAX, FileEntry, FilePurpose, Register


@dataclass(frozen=True, slots=True)
class NewFile:
    """Ciphertext and what is known of it. `sha256` is the ciphertext's."""

    file_id: str
    ciphertext: bytes = field(repr=False)
    sha256: str
    media_type: str
    size_bytes: int
    purpose: FilePurpose


def add_file(
    state: Register, command: CommandGiven, view: View, _now: datetime
) -> Decision[Register]:
    """Raises Refused: 404 without a part in it, 409 sensitive or full, 410 erased."""
    require_may_add(state, command.agency, view.agencies)
    new: NewFile = command.body
    entry = FileEntry(
        file_id=new.file_id,
        ciphertext_sha256=new.sha256,
        media_type=new.media_type,
        size_bytes=new.size_bytes,
        purpose=new.purpose,
        added_by=command.agency,
    )
    row = access_row(view, command.agency, f"add_file|{new.purpose}|{new.file_id}")
    return Decision(
        state.model_copy(update={"files": (*state.files, entry)}),
        (row, KeepBlob(file_blob(new.file_id), new.ciphertext)),
        reply={"file_id": new.file_id, "ciphertext_sha256": new.sha256},
    )


def require_may_add(state: Register, agency: str, book: AgencyBook) -> None:
    """Raises Refused: 404 without a part in it, 409 sensitive or full, 410 erased."""
    if not may_add_files(state, agency, book):
        raise not_found()
    require_kept(state)
    if state.sensitive:
        raise Refused(
            "sensitive_offline",
            "敏感事项的材料线下保管，不能上传",
            "the papers of a sensitive matter stay off line",
            rule="intake.sensitive.offline",
        )
    if len(state.files) >= FILES_MAX:
        raise Refused(
            "too_many_files",
            f"一件纠纷最多 {FILES_MAX} 个文件",
            f"a dispute has at most {FILES_MAX} files",
        )
