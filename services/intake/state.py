"""What the register keeps of one dispute: no name, no number of a person, no narrative."""

from typing import Literal

from exchange.contracts.events.base import Standing
from exchange.contracts.events.intake import DossierPointer, Matter
from exchange.contracts.model import AgencyCode, Contract, Instant, Sha256
from exchange.contracts.vocabulary import Channel

FILES_MAX = 200
"""Files of one dispute."""

FilePurpose = Literal["agreement", "application", "identity", "recording", "evidence", "other"]


class Candidate(Contract):
    """Another dispute that may be the same one, and what they have in common (codes only)."""

    dispute_code: str
    why: tuple[str, ...]


class FileEntry(Contract):
    """A file in the vault: what events may name, and what it is. Never its name."""

    file_id: str
    ciphertext_sha256: Sha256
    media_type: str
    size_bytes: int
    purpose: FilePurpose
    added_by: AgencyCode


class Register(Contract):
    """One dispute's entry. `registered_at` (legal time) is None until it is registered.

    `parties` are the keyed hashes by which its parties are found again, gone once it is erased;
    `paper_at` says where the paper of a sensitive matter lies; `lead_code` is the dispute that
    this one was linked to; `standing` and `last_sequence` are the story as last seen here.
    """

    dispute_code: str
    registered_at: Instant | None = None
    origin: AgencyCode | None = None
    channel: Channel | None = None
    matter: Matter | None = None
    dossier: DossierPointer | None = None
    parties: tuple[str, ...] = ()
    sensitive: bool = False
    paper_at: str | None = None
    files: tuple[FileEntry, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    lead_code: str | None = None
    last_sequence: int = 0
    standing: Standing | None = None
    erased_at: Instant | None = None

    def file(self, file_id: str) -> FileEntry | None:
        return next((f for f in self.files if f.file_id == file_id), None)


def new_register(dispute_code: str) -> Register:
    return Register(dispute_code=dispute_code)
