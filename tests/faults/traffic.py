"""Traffic under faults: short stories played by the sandbox's agencies, everything written down."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from exchange.identity.keys import SigningKey, VerifyKey
from fengqiao.client.async_client import AsyncClient
from sandbox.control import Play, played
from sandbox.story.town import NotAnswered, StoryStuck, Town
from sandbox.story.wall_quarrel import WallQuarrel
from tests.faults.recording import Recorder, RecordingTransport
from tests.journeys.quarrels import GAOJIA, NIANLI, Quarrels, villages_of

STORIES_AT_ONCE = 6
STORY_TIMEOUT_S = 240.0


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
    that is stuck is a promise that was broken.
    """

    town: RecordingTown
    finished: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: Iterator[int] = field(default_factory=count)

    async def run(self, at_once: int = STORIES_AT_ONCE) -> None:
        quarrels = Quarrels(self.town)
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._play_on(quarrels))

    async def progress(self, stories: int) -> None:
        """Wait until so many more stories have come to their end."""
        wanted = len(self.finished) + stories
        async with asyncio.timeout(STORY_TIMEOUT_S):
            while len(self.finished) < wanted and not self.stuck:
                await asyncio.sleep(0.05)

    async def _play_on(self, quarrels: Quarrels) -> None:
        villages = villages_of((NIANLI, GAOJIA))
        while not self.ending.is_set():
            quarrel = quarrels.at(villages[next(self._numbers) % len(villages)])
            try:
                async with asyncio.timeout(STORY_TIMEOUT_S):
                    await short_story(quarrel)
            except (NotAnswered, StoryStuck, TimeoutError) as error:
                self.stuck.append(f"{quarrel.dispute}: {type(error).__name__}: {error}")
            else:
                self.finished.append(quarrel.dispute)


async def short_story(quarrel: WallQuarrel) -> None:
    """All on one day: referred, accepted, met, agreed, paid, applied for, closed."""
    await quarrel.refer()
    offer = await quarrel.offered_to(quarrel.village)
    await quarrel.accept(offer, day=0)
    await quarrel.meet(offer, day=0)
    await quarrel.agree(offer, day=0)
    await quarrel.perform(offer, day=0)
    await quarrel.apply_for_closing(day=0)
    await quarrel.close(day=0)
