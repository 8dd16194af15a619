"""Mailbox agencies: nobody may call them, so they fetch their handoffs and sign for each."""

import asyncio
import logging

from exchange.identity.keys import VerifyKey
from fengqiao.client.async_client import AsyncClient
from fengqiao.client.errors import AnswerUntrusted, CallRefused, ExchangeUnavailable
from sandbox.agencies import AgencySystems

log = logging.getLogger(__name__)

WAIT_S = 2
PAUSE_S = 0.5


async def fetch_for(
    agency: str, door_url: str, exchange: VerifyKey, systems: AgencySystems
) -> None:
    """Fetch and answer for one agency, for as long as it behaves as a mailbox agency."""
    after = "0"
    async with AsyncClient(door_url, systems.cast.keys[agency], [exchange]) as client:
        while systems.behaviour(agency).mailbox:
            try:
                page = (await client.poll_handoffs(after, WAIT_S)).json()
                for handoff in page["handoffs"]:
                    systems.inbox.keep(agency, handoff)
                    await _answer(client, handoff["handoff_id"], systems.behaviour(agency).slow_s)
                    if systems.behaviour(agency).answer_twice:
                        await _answer(client, handoff["handoff_id"], 0)
                after = str(page["after"])
            except (CallRefused, AnswerUntrusted, ExchangeUnavailable) as error:
                log.info("mailbox.trouble", extra={"agency": agency, "cause": str(error)})
                await asyncio.sleep(PAUSE_S)
                after = "0"


async def _answer(client: AsyncClient, handoff_id: str, slow_s: float) -> None:
    await asyncio.sleep(slow_s)
    await client.answer_handoff(handoff_id, {"received": True})
