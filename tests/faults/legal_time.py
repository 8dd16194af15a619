"""Legal time of a town under faults: moved as an operator does, and each move written down."""

from dataclasses import dataclass
from datetime import date

from exchange.local.home import Home
from fengqiao.cli.legal_time import advance, database_dsns
from tests.faults.recording import Recorder


@dataclass(slots=True)
class RecordedCalendar:
    """The legal day of a home, moved on to a later day, never back."""

    home: Home
    today: date
    recorder: Recorder

    async def advance_to(self, day: date) -> None:
        """The marks stand just before and just after, so that the checker's bounds hold."""
        if day <= self.today:
            return
        by, self.today = day - self.today, day
        self.recorder.mark("time", "before")
        await advance(database_dsns(self.home), by)
        self.recorder.legal_time_moved(by)
        self.recorder.mark("time", "after")
