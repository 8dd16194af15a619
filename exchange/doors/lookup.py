"""How an API finds the dispute that a path names, and this door's projection of it."""

from exchange.chassis.door import Door
from exchange.chassis.problems import not_found
from exchange.doors.projection import P


async def code_of_referral(door: Door, referral_id: str) -> str:
    """The dispute in which this door handed that referral out. Raises Refused 404."""
    found = await door.store.find("referral", referral_id)
    if not found:
        raise not_found()
    return found[0].dispute_code


async def state_of(door: Door, model: type[P], code: str) -> P:
    """What this door knows of a dispute. Raises Refused 404 where it knows nothing."""
    row = await door.store.row(code)
    if row is None or row.state is None:
        raise not_found()
    return model.model_validate_json(row.state)
