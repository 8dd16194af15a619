"""Listing a county in the directory: its agencies from the facts, with keys and addresses."""

import asyncio
import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.chassis.workshop import EXCHANGE
from exchange.dossier.sealing import ALGORITHMS, SealingKey
from exchange.identity.keys import SigningKey
from fengqiao.cli.operator import Operator
from services.directory.districts import AgencyFact

AT_ONCE_MAX = 16
VALID_BEFORE = timedelta(days=1)


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
        "native_code": fact.native_code,
        "delivery": delivery,
        "keys": list(keys),
    }


def exchange_listing(signing: SigningKey, sealing: SealingKey) -> dict[str, Any]:
    """The exchange itself: its receipts' key, and intake's key to which dossiers are sealed."""
    since = datetime.now(UTC) - VALID_BEFORE
    return {
        "agency": EXCHANGE,
        "name": "枫桥对接总线",
        "kind": "exchange",
        "level": "county",
        "place": "330803000000",
        "keys": [
            {
                "key_id": signing.key_id,
                "use": "sign",
                "algorithm": "ed25519",
                "public": base64.b64encode(
                    signing.private.public_key().public_bytes_raw()
                ).decode(),
                "valid_from": since.isoformat(),
            },
            {
                "key_id": f"{EXCHANGE}/{sealing.kid}",
                "use": "seal",
                "algorithm": ALGORITHMS[0],
                "public": base64.b64encode(
                    sealing.private.public_key().public_bytes_raw()
                ).decode(),
                "valid_from": since.isoformat(),
            },
        ],
    }


async def list_agencies(operator: Operator, listings: Iterable[Mapping[str, Any]]) -> int:
    """Post every listing that is not there already; how many were asked for."""
    already = await _listed(operator)
    gate = asyncio.Semaphore(AT_ONCE_MAX)
    run = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")
    async with operator.client("directory") as directory:

        async def post(one: Mapping[str, Any]) -> None:
            async with gate:
                await directory.post(
                    "/v1/agencies", one, idempotency_key=f"seed-{run}-{one['agency']}"
                )

        wanted = list(listings)
        await asyncio.gather(*(post(one) for one in wanted if not _same(one, already)))
    return len(wanted)


async def list_new(operator: Operator, listings: Iterable[Mapping[str, Any]]) -> int:
    """Post those whose agency is not listed at all; how many. Nobody's entry is changed."""
    already = await _listed(operator)
    return await list_agencies(operator, [one for one in listings if one["agency"] not in already])


async def _listed(operator: Operator) -> dict[str, Mapping[str, Any]]:
    """The agencies that the directory lists, by code, without their keys."""
    found: dict[str, Mapping[str, Any]] = {}
    after: str | None = ""
    while after is not None:
        page = await operator.get("directory", "/v1/agencies", after=after)
        found |= {agency["agency"]: agency for agency in page["agencies"]}
        after = page["next"]
    return found


def _same(listing: Mapping[str, Any], already: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether it is listed so: what a start says of an agency, its address included."""
    there = already.get(listing["agency"])
    if there is None or listing["kind"] == "exchange":
        return False  # the exchange's own keys rotate: what is new of them is listed
    address = listing.get("delivery", {}).get("url")
    return bool(there["name"] == listing["name"] and there["delivery"]["url"] == address)
