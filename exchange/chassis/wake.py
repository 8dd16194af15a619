"""A nudge inside one process: rows were written, the relay need not wait for its next poll."""

import asyncio


class Wake:
    """Set by writers, awaited by workers; a missed nudge costs one poll, never a row."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def up(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> None:
        """Return when nudged, or after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
