"""The story as it happens, in the terminal: one line for each hop, as a clerk would read it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.text import Text

from exchange.contracts.terms import EVENTS
from exchange.doors.forms import BEIJING
from sandbox.story.watch import Seen

ATTENTION = frozenset(
    {"clock.warned", "clock.expired", "mediation.failed", "referral.declined", "proposal.refused"}
)
MILESTONES = frozenset({"agreement.reached", "confirmation.ruled", "dispute.closed"})


EXCHANGE_NAME = "总线"
SHORTER = (
    ("衢州市公安局衢江分局", ""),
    ("衢州市", ""),
    ("衢江区", ""),
    ("人民调解委员会", "调委会"),
    ("社会矛盾纠纷调处化解中心", "区矛调中心"),
    ("人民法院", "衢江法院"),
)


class LiveView:
    """Prints events of one dispute, or of all; `names` are the agencies' names by code."""

    def __init__(self, console: Console, names: Mapping[str, str]) -> None:
        self._console, self._names = console, names
        self.only: str | None = None
        self._first: date | None = None
        self._day: date | None = None

    def show(self, seen: Seen) -> None:
        if self.only not in (None, seen.dispute_code):
            return
        moment = datetime.fromisoformat(seen.data["legal_at"]).astimezone(BEIJING)
        if (day := moment.date()) != self._day:
            self._first, self._day = self._first or day, day
            number = (day - self._first).days
            self._console.print(f"[bold]第 {number} 天[/bold] [dim]{day:%Y-%m-%d}[/dim]")
        self._console.print(self._line(seen, moment), no_wrap=True, overflow="ellipsis")

    def _line(self, seen: Seen, moment: datetime) -> Text:
        style = "yellow" if seen.type in ATTENTION else ""
        style = "bold green" if seen.type in MILESTONES else style
        number = f"{seen.sequence:>3}" if seen.sequence else "  –"
        line = Text(f"  {moment:%H:%M} {number}  ", style="dim")
        line.append(f"{EVENTS[seen.type]:　<7}", style=style)
        sender, receiver = parties(seen)
        line.append(f"{self._name(sender)} → {self._name(receiver)}")
        if clock := clock_of(seen.data):
            line.append(f"  {clock}", style="cyan")
        line.append(f"  {seen.type} {(seen.trace_id or '')[:8]}", style="dim")
        return line

    def _name(self, code: str | None) -> str:
        """A name short enough for a line: what everybody in the county says anyway."""
        name = self._names.get(code or "", EXCHANGE_NAME)
        for long, short in SHORTER:
            name = name.replace(long, short)
        return name


def parties(seen: Seen) -> tuple[str, str]:
    """Who acted, and whom it is for: the receiver of an offer, who owes the act that a clock
    bounds, else the other end of the story."""
    data, standing = seen.data, seen.data.get("standing") or {}
    if seen.type == "proposal.refused":
        return "", data["agency"]
    actor = data.get("sender") or data.get("actor", "")
    origin, holder = standing.get("origin", ""), standing.get("holder") or ""
    if receiver := data.get("receiver") or data.get("court"):
        return actor, receiver
    if seen.type.startswith("clock."):
        return "", _owes(data, standing)
    return actor, (holder if actor == origin and holder else origin)


def _owes(data: Mapping[str, Any], standing: Mapping[str, Any]) -> str:
    """A referral's clock binds its receiver, any other the agency that brought the dispute in."""
    bound = [
        referral["receiver"]
        for referral in standing.get("referrals", ())
        if referral["referral_id"] == data["instance"]
    ]
    return str(bound[0] if bound else standing.get("origin", ""))


def clock_of(data: Mapping[str, Any]) -> str:
    """The clock that an event bears: its article and its last day."""
    if "rule" in data and "citation" in data:
        return f"{data['citation'].partition('：')[0]} 至 {_last_day(data.get('ends_at'))}"
    if data.get("due_at"):
        return f"{data['due_because'].partition('：')[0]} 至 {_last_day(data['due_at'])}"
    return ""


def _last_day(ends_at: str | None) -> str:
    """The last day on which an act is in time; `ends_at` is the midnight after it."""
    if ends_at is None:
        return "（期限未知）"
    end = datetime.fromisoformat(ends_at).astimezone(BEIJING)
    return f"{end - timedelta(microseconds=1):%m-%d}"
