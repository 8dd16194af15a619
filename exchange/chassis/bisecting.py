"""Find the one thing that Postgres will not write, so that only its dispute has to wait."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from exchange.chassis.failures import BadData, IndexTaken
from exchange.chassis.fold import Broken

T = TypeVar("T")

TRIES_ALONE_MAX = 2
"""An exclusive index row that was taken a moment ago is seen, and decided on, at the next try."""


async def bisected(
    batch: Sequence[T], apply: Callable[[Sequence[T], Broken | None], Awaitable[None]]
) -> None:
    """Apply the batch in one transaction, or halve it where a row of it cannot be written.

    What still fails alone is applied as broken, which parks its dispute. Raises what `apply`
    raises, BadData and IndexTaken aside.
    """
    for _ in range(1 if len(batch) > 1 else TRIES_ALONE_MAX):
        try:
            await apply(batch, None)
        except BadData:
            broken = Broken("bad_data", "the database refuses a value")
            break
        except IndexTaken:
            broken = Broken("index_taken", "another dispute holds an index row of this one")
        else:
            return
    if len(batch) == 1:
        await apply(batch, broken)
        return
    half = len(batch) // 2
    await bisected(batch[:half], apply)
    await bisected(batch[half:], apply)
