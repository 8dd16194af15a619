"""Listing a county in the directory: its agencies from the facts, with keys and addresses."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fengqiao.cli.operator import Operator
from services.directory.districts import AgencyFact

AT_ONCE_MAX = 16


def listing(
    fact: AgencyFact, keys: Sequence[Mapping[str, Any]] = (), push_url: str | None = None
) -> dict[str, Any]:
    """One agency as the directory's door takes it."""
    delivery = {"mode": "push", "url": push_url} if push_url else {"mode": "mailbox"}
    return {
        "agency": fact.code,
        "name": fact.name,
        "kind": fact.kind,
        "level": fact.level,
        "place": fact.place,
        "parent": fact.parent,
        "stationed_at": fact.stationed_at,
        "specialties": list(fact.specialties),
        "capacity": fact.capacity,
        "abolished": fact.abolished,
        "delivery": delivery,
        "keys": list(keys),
    }


async def list_agencies(operator: Operator, listings: Iterable[Mapping[str, Any]]) -> int:
    """Post every listing; how many. Repeating it changes nothing."""
    gate = asyncio.Semaphore(AT_ONCE_MAX)
    run = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")
    async with operator.client("directory") as directory:

        async def post(one: Mapping[str, Any]) -> None:
            async with gate:
                await directory.post(
                    "/v1/agencies", one, idempotency_key=f"seed-{run}-{one['agency']}"
                )

        listed = list(listings)
        await asyncio.gather(*(post(one) for one in listed))
    return len(listed)
