"""Traffic under faults: short stories played by the sandbox's agencies, everything written down."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from exchange.identity.keys import SigningKey, VerifyKey
from fengqiao.client.async_client import AsyncClient
from sandbox.control import Play, played
from sandbox.story.town import NotAnswered, StoryStuck, Town
from sandbox.story.wall_quarrel import WallQuarrel
from sandbox.story.watch import Seen
from tests.faults.recording import Recorder, RecordingTransport
from tests.journeys.quarrels import GAOJIA, NIANLI, Quarrels, villages_of

STORIES_AT_ONCE = 4
STORY_TIMEOUT_S = 240.0
POLL_S = 0.05
TO_COURT_EVERY = 3
"""So many stories, one of which goes to court."""


@dataclass(slots=True)
class RecordingTown(Town):
    """A town whose agencies send their requests from here, so that each is written down."""

    keys: Mapping[str, SigningKey] = field(default_factory=dict)
    exchange: tuple[VerifyKey, ...] = ()
    recorder: Recorder = field(kw_only=True)

    async def play(
        self,
        agency: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        **play: Any,
    ) -> list[dict[str, Any]]:
        told = Play(url=self.urls[service], path=path, body=dict(body or {}), **play)
        transport = RecordingTransport(self.recorder)
        async with AsyncClient(
            told.url, self.keys[agency], self.exchange, transport=transport
        ) as client:
            return await played(client, told)


@dataclass(slots=True)
class Traffic:
    """Plays stories until told to end; every one that was begun is played to its end.

    `finished` are the disputes whose story came to its end, `stuck` what did not follow: a story
    that is stuck is a promise that was broken. `waits` are when a referral was posted and how
    long it took until its offer lay on the stream, in seconds.
    """

    town: RecordingTown
    quarrels: Quarrels
    finished: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: Iterator[int] = field(default_factory=count)

    async def run(self, at_once: int = STORIES_AT_ONCE) -> None:
        self._open.set()
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._play_on())

    def end(self) -> None:
        """Begin no more stories."""
        self.ending.set()
        self._open.set()

    async def progress(self, stories: int) -> None:
        """Wait until so many more stories have come to their end."""
        wanted = len(self.finished) + stories
        async with asyncio.timeout(STORY_TIMEOUT_S):
            while len(self.finished) < wanted and not self.stuck:
                await asyncio.sleep(POLL_S)

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """No story is under way, and none is begun, until the end of the block."""
        self._open.clear()
        try:
            while self.under_way:
                await asyncio.sleep(POLL_S)
            yield
        finally:
            self._open.set()

    async def play(self, quarrel: WallQuarrel, *, to_court: bool = False) -> None:
        """One story to its end, or stuck."""
        self.under_way += 1
        try:
            async with asyncio.timeout(STORY_TIMEOUT_S):
                await self._short_story(quarrel, to_court=to_court)
        except (NotAnswered, StoryStuck, TimeoutError) as error:
            self.stuck.append(f"{quarrel.dispute}: {type(error).__name__}: {error}")
        else:
            self.finished.append(quarrel.dispute)
        finally:
            self.under_way -= 1

    async def _play_on(self) -> None:
        villages = villages_of((NIANLI, GAOJIA))
        while True:
            await self._open.wait()
            if self.ending.is_set():
                return
            number = next(self._numbers)
            quarrel = self.quarrels.at(villages[number % len(villages)])
            await self.play(quarrel, to_court=number % TO_COURT_EVERY == 0)

    async def _short_story(self, quarrel: WallQuarrel, *, to_court: bool) -> None:
        """All on one day: referred, offered, and on to its end."""
        await quarrel.refer()
        began = time.monotonic()
        offer = await self.town.event(quarrel.dispute, "referral.offered")
        self.waits.append((began, time.monotonic() - began))
        await quarrel.offered_to(quarrel.village)
        await quarrel.accept(offer, day=0)
        await to_its_end(quarrel, offer, day=0, to_court=to_court)


async def to_its_end(
    quarrel: WallQuarrel, offer: Seen, *, day: int, to_court: bool = False
) -> None:
    """An accepted dispute on one day: met, agreed, confirmed, paid, applied for, closed."""
    await quarrel.meet(offer, day=day)
    await quarrel.agree(offer, day=day)
    if to_court:
        asked = await quarrel.apply_for_confirmation(offer, day=day)
        await quarrel.file_at_court(asked, day=day)
        await quarrel.rule(asked, day=day)
    await quarrel.perform(offer, day=day)
    await quarrel.apply_for_closing(day=day)
    await quarrel.close(day=day)
