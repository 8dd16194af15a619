"""Traffic under faults: short stories played by the sandbox's agencies, everything written down."""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from exchange.chassis.partitioning import partition_of
from sandbox.story.town import NotAnswered, StoryStuck, Town
from sandbox.story.wall_quarrel import WallQuarrel
from tests.journeys.quarrels import GAOJIA, NIANLI, Quarrels, villages_of

STORIES_AT_ONCE = 6
STORY_TIMEOUT_S = 240.0


@dataclass(frozen=True, slots=True)
class Called:
    """One call and what became of it; `at_s` and `took_s` are machine time."""

    agency: str
    service: str
    path: str
    key: str
    body_sha256: str
    status: int
    answer: Mapping[str, Any]
    signed: bool
    at_s: float
    took_s: float


@dataclass(slots=True)
class RecordingTown(Town):
    """A town that notes every call it makes, refused and unanswered ones too."""

    calls: list[Called] = field(default_factory=list)

    async def play(
        self,
        agency: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        **play: Any,
    ) -> list[dict[str, Any]]:
        began = time.monotonic()
        answers = await Town.play(self, agency, service, path, body, **play)
        said = json.dumps(play.get("file_b64") or dict(body or {}), ensure_ascii=False).encode()
        for answer in answers:
            self.calls.append(
                Called(
                    agency,
                    service,
                    path,
                    str(play.get("idempotency_key", "")),
                    hashlib.sha256(said).hexdigest(),
                    answer["status"],
                    answer["body"],
                    answer["signed"],
                    began,
                    time.monotonic() - began,
                )
            )
        return answers


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


def partition(dispute: str) -> int:
    return partition_of(dispute, 6)
