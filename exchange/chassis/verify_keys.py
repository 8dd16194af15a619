"""The directory's keys as the signature check wants them."""

from exchange.chassis.reference import AgencyBook
from exchange.identity.keys import VerifyKey
from exchange.identity.verification import KeyLookup


def key_lookup(book: AgencyBook) -> KeyLookup:
    """Signing keys of all that were ever listed; whether one is valid now is the check's to say.

    An abolished agency signs on, to finish what it holds (Decision 12).
    """

    def look_up(key_id: str) -> VerifyKey | None:
        found = book.key(key_id)
        if found is None or found[1].use != "sign":
            return None
        agency, key = found
        return VerifyKey.from_json(
            {
                "key_id": key.key_id,
                "agency": agency.agency,
                "alg": key.algorithm,
                "key": key.public,
                "valid_from": key.valid_from.isoformat(),
                "valid_to": key.valid_to.isoformat() if key.valid_to else None,
            }
        )

    return look_up
