"""The town: it tells the sandbox's agencies what to do and waits for what the exchange makes known.

Nothing here knows a key: the sandbox signs, the exchange answers, the story looks at both.
"""

import asyncio
import base64
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import httpx

from sandbox.story.watch import Seen, Watch

STEP_TIMEOUT_S = 30.0
POLL_S = 0.05
PLAY_TIMEOUT_S = 60.0
SOON_OTHERWISE = frozenset({"proposal_pending", "not_now", "not_found"})
UNREACHED = 0
"""The status of a call that found no service, or one that could not take it."""


class StoryStuck(Exception):
    """Something that must follow did not follow."""

    def __init__(self, what: str) -> None:
        super().__init__(f"等不到 / did not come: {what}")


class NotAnswered(Exception):
    """A call of the story was not answered as the story needs it."""

    def __init__(self, agency: str, path: str, status: int, body: Mapping[str, Any]) -> None:
        wrong = "; ".join(f"{e['pointer']} {e['title']}" for e in body.get("errors", ()))
        super().__init__(f"{agency} {path}: {status} {body.get('title', body)} {wrong}")
        self.status, self.body = status, body


class Calendar(Protocol):
    """Legal time as an operator of a sandbox home moves it."""

    today: date

    async def advance_to(self, day: date) -> None: ...


@dataclass(slots=True)
class Town:
    """One running exchange with its sandbox.

    `urls` are the services' addresses by name, `calendar` moves legal time on, `receipts` gathers
    every receipt that an agency was given; `patience_s` is how long each step is waited for.
    """

    sandbox_url: str
    urls: Mapping[str, str]
    watch: Watch
    calendar: Calendar
    receipts: list[Mapping[str, Any]] = field(default_factory=list)
    patience_s: float = STEP_TIMEOUT_S

    async def call(
        self,
        agency: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        **play: Any,
    ) -> dict[str, Any]:
        """A call that must succeed; its body. Raises NotAnswered.

        A door that cannot be reached, that waits for the answer to an earlier proposal, or that has
        not heard of the last event yet, is asked again with the same idempotency key for up to
        `patience_s`, as an agency's system would.
        """
        play.setdefault("idempotency_key", secrets.token_urlsafe())
        until = time.monotonic() + self.patience_s
        while True:
            (answer,) = await self.play(agency, service, path, body, **play)
            unreached = answer["status"] == UNREACHED
            soon = unreached or answer["body"].get("code") in SOON_OTHERWISE
            if not soon or time.monotonic() > until:
                break
            await asyncio.sleep(POLL_S)
        if not 200 <= answer["status"] < 300 or not answer["signed"]:
            raise NotAnswered(agency, path, answer["status"], answer["body"])
        if receipt := answer["body"].get("receipt"):
            self.receipts.append(receipt)
        return dict(answer["body"])

    async def play(
        self,
        agency: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        **play: Any,
    ) -> list[dict[str, Any]]:
        """A call whatever becomes of it: each answer as {status, body, signed}."""
        told = {"url": self.urls[service], "path": path, "body": dict(body or {}), **play}
        async with self._sandbox() as sandbox:
            response = await sandbox.post(f"/control/{agency}/play", json=told)
            response.raise_for_status()
            answers: list[dict[str, Any]] = response.json()
            return answers

    async def file(
        self, agency: str, dispute: str, purpose: str, content: bytes, media_type: str
    ) -> dict[str, str]:
        """Send a file to intake; how forms name it."""
        kept = await self.call(
            agency,
            "intake",
            f"/v1/files?dispute={dispute}&purpose={purpose}",
            file_b64=base64.b64encode(content).decode(),
            content_type=media_type,
        )
        return {"文件编号": kept["file_id"], "密文摘要": kept["ciphertext_sha256"]}

    async def behave(self, agency: str, door: str | None = None, **behaviour: Any) -> None:
        """Tell an agency how to behave from now on."""
        told = {"behaviour": behaviour, "door_url": self.urls[door] if door else None}
        async with self._sandbox() as sandbox:
            (await sandbox.put(f"/control/{agency}/behaviour", json=told)).raise_for_status()

    async def held(self, agency: str, dispute: str) -> Sequence[dict[str, Any]]:
        """The handoffs about this dispute that the agency's own system holds."""
        handoffs: list[dict[str, Any]] = await self._ask(agency, "held", dispute=dispute)
        return handoffs

    async def arrivals(self, agency: str, dispute: str) -> dict[str, int]:
        """How often each handoff about this dispute came to the agency, by what it is about."""
        times: dict[str, int] = await self._ask(agency, "arrivals", dispute=dispute)
        return times

    async def turned_away(self, agency: str) -> int:
        """How many handoffs the agency's own system did not take so far."""
        times: int = await self._ask(agency, "turned-away")
        return times

    async def handed(self, agency: str, dispute: str, about: str) -> dict[str, Any]:
        """Wait until the agency's own system holds a handoff whose `about` begins so."""
        found: list[dict[str, Any]] = []

        async def arrived() -> bool:
            handoffs = await self.held(agency, dispute)
            found[:] = [h for h in handoffs if h["about"].startswith(about)]
            return bool(found)

        await wait_for(arrived, f"{about} at {agency}", self.patience_s)
        return found[-1]

    async def event(self, dispute: str, event_type: str, *, after: int = 0, **facts: Any) -> Seen:
        """Wait for an event of that type with these facts and a sequence beyond `after`."""
        found: list[Seen] = []

        async def published() -> bool:
            found[:] = [
                seen
                for seen in self.watch.of(dispute)
                if seen.type == event_type
                and (seen.sequence or after + 1) > after
                and facts.items() <= seen.data.items()
            ]
            return bool(found)

        await wait_for(published, f"{event_type} of {dispute}", self.patience_s)
        return found[0]

    async def _ask(self, agency: str, what: str, **params: str) -> Any:
        async with self._sandbox() as sandbox:
            response = await sandbox.get(f"/control/{agency}/{what}", params=params)
            response.raise_for_status()
            return response.json()

    def _sandbox(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.sandbox_url, trust_env=False, timeout=PLAY_TIMEOUT_S)


async def wait_for(
    holds: Callable[[], Awaitable[bool]], what: str, within_s: float = STEP_TIMEOUT_S
) -> None:
    """Raises StoryStuck when `holds` does not come true in time."""
    try:
        async with asyncio.timeout(within_s):
            while not await holds():
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise StoryStuck(what) from None
