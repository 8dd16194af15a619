"""From a dossier to what is kept of it: ciphertext, its digest, a wrapped key, keyed hashes.

The one place where intake takes a dossier in; it runs before the decision, so that what a decider
sees and writes can hold no plaintext.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import orjson

from exchange.chassis.decider import Arrival, EventArrived
from exchange.chassis.workshop import Workshop
from exchange.contracts.events.base import Event
from exchange.contracts.events.intake import DossierPointer, ReferralRequestedV1
from exchange.dossier.blind_index import NotIndexable, blind_index
from exchange.dossier.sealing import open_sealed
from exchange.dossier.vault import DataKey, WrappedKey, unwrap, wrap
from services.intake.dossier import Dossier, Party
from services.intake.keys import KEYS, IntakeKeys

DOSSIER_PART = "dossier"
FIRST_VERSION = 1
KEY_BLOB = "key"


class KeyBlobBroken(ValueError):
    """A stored data key that does not have its form: `kek id, newline, wrapped bytes`."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A dossier under its dispute's own key. `parties` has the keyed hashes of each party."""

    ciphertext: bytes = field(repr=False)
    sha256: str
    key_blob: bytes = field(repr=False)
    parties: tuple[tuple[str, ...], ...] = field(repr=False)

    @property
    def pointer(self) -> DossierPointer:
        return DossierPointer(
            version=FIRST_VERSION, ciphertext_sha256=self.sha256, parties=len(self.parties)
        )


class Opened(Event):
    """`referral.requested` with its dossier enclosed; private to intake, never on a topic."""

    type: ClassVar[str] = "referral.requested"

    request: ReferralRequestedV1
    enclosed: Enclosed


def prepare(arrival: Arrival, workshop: Workshop) -> Arrival:
    """The arrival with its dossier enclosed. What it raises parks the dispute."""
    match arrival:
        case EventArrived(event=ReferralRequestedV1() as request):
            return replace(arrival, event=opened(request, workshop.keys[KEYS]))
        case _:
            return arrival


def opened(request: ReferralRequestedV1, keys: IntakeKeys) -> Opened:
    """Raises UnknownSealingKey, SealBroken, DossierTooLarge, pydantic's ValidationError."""
    dossier = open_sealed(request.sealed, keys.sealing_key, dispute_code=request.dispute_code)
    return Opened(
        request=request.model_copy(update={"sealed": ""}),
        enclosed=enclose(request.dispute_code, dossier, keys),
    )


def enclose(dispute_code: str, dossier: dict[str, Any], keys: IntakeKeys) -> Enclosed:
    """The dossier, all of it, under a fresh data key. Raises pydantic's ValidationError."""
    read = Dossier.model_validate(dossier)
    key = DataKey.generate(dispute_code)
    ciphertext = key.encrypt(DOSSIER_PART, FIRST_VERSION, orjson.dumps(dossier))
    wrapped = wrap(key, keys.masters[0])
    return Enclosed(
        ciphertext=ciphertext,
        sha256=hashlib.sha256(ciphertext).hexdigest(),
        key_blob=b"%b\n%b" % (wrapped.kek_id.encode(), wrapped.wrapped),
        parties=tuple(_hashes(party, keys.index) for party in read.parties),
    )


def disclosed(key: DataKey, ciphertext: bytes) -> Dossier:
    """The dossier again. Raises VaultRefused."""
    plain = key.decrypt(DOSSIER_PART, FIRST_VERSION, ciphertext)
    return Dossier.model_validate_json(plain)


def data_key(dispute_code: str, key_blob: bytes, keys: IntakeKeys) -> DataKey:
    """The dispute's key from its stored form. Raises KeyBlobBroken, VaultRefused."""
    kek_id, newline, wrapped = key_blob.partition(b"\n")
    if not newline or not kek_id.isascii():
        raise KeyBlobBroken(dispute_code)
    return unwrap(WrappedKey(kek_id.decode(), wrapped), dispute_code, keys.master)


def dossier_blob(version: int) -> str:
    return f"{DOSSIER_PART}/{version}"


def file_blob(file_id: str) -> str:
    return f"file/{file_id}"


def _hashes(party: Party, key: bytes) -> tuple[str, ...]:
    """By which this party is found again: number, name with phone; none where neither is known."""
    hashes = []
    if party.id_number:
        hashes.append(_hash_or_none(key, "id_number", party.id_number))
    if party.name and party.phone:
        hashes.append(_hash_or_none(key, "name_phone", party.name, party.phone))
    return tuple(found for found in hashes if found is not None)


def _hash_or_none(key: bytes, kind: Any, *values: str) -> str | None:
    """None where nothing is left of the values once normalised (`-`, `无`): nobody is known."""
    try:
        return blind_index(kind, *values, key=key)
    except NotIndexable:
        return None
