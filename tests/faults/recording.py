"""The history of a fault run: every request as it left, every answer as it came, every handoff."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx

from tests.checker.history import Delivery, Entry, Invoke, Mark, Outcome

NONCE = re.compile(r'nonce="([^"]+)"')
KEY_ID = re.compile(r'keyid="([^"/]+)/')
ACT = re.compile(r":([a-z-]+)$")
TELL_NOTHING = frozenset({"files", "answer"})
"""Requests of which no event comes."""


@dataclass(slots=True)
class Recorder:
    """Gathers the history. `lead` is how far legal time is ahead of machine time, `services` the
    services by port."""

    lead: timedelta
    services: Mapping[int, str]
    history: list[Entry] = field(default_factory=list)
    _ops: int = 0
    _leads: list[tuple[datetime, timedelta]] = field(default_factory=list)

    def times(self, at: datetime | None = None) -> dict[str, Any]:
        """Machine time `at` (now) and legal time then."""
        machine = at or datetime.now(UTC)
        moved = (lead for until, lead in self._leads if machine < until)
        return {"machine_at": machine, "legal_at": machine + next(moved, self.lead)}

    def mark(self, name: str, subject: str) -> None:
        """The driver did something: see `Mark`."""
        self.history.append(Mark(name, subject, **self.times()))

    def legal_time_moved(self, by: timedelta) -> None:
        """Legal time is `by` further ahead than it was until now."""
        self._leads.append((datetime.now(UTC), self.lead))
        self.lead += by

    def invoke(self, request: httpx.Request) -> int:
        """A request is about to leave; its number."""
        self._ops += 1
        signature, path = request.headers["signature-input"], request.url.path
        act = ACT.search(path)
        operation = act[1] if act else ("refer" if path.endswith("/referrals") else path[4:])
        self.history.append(
            Invoke(
                op=self._ops,
                agency=_found(KEY_ID, signature),
                service=self.services[request.url.port or 0],
                operation=operation,
                key=request.headers.get("idempotency-key", ""),
                nonce=_found(NONCE, signature),
                body_sha256=hashlib.sha256(request.content).hexdigest(),
                tells=request.method == "POST" and operation not in TELL_NOTHING,
                **self.times(),
            )
        )
        return self._ops

    def unanswered(self, op: int, because: str) -> None:
        self.history.append(Outcome(op=op, kind="info", because=because, **self.times()))

    def answered(self, op: int, response: httpx.Response) -> None:
        body = _json(response.content)
        self.history.append(
            Outcome(
                op=op,
                kind=_kind(response.status_code),
                status=response.status_code,
                dispute_code=body.get("dispute_code"),
                proposal_id=body.get("proposal_id"),
                answer_sha256=hashlib.sha256(response.content).hexdigest(),
                receipt=body.get("receipt"),
                because=str(body.get("code", "")),
                **self.times(),
            )
        )

    def deliveries(self, arrivals: Path) -> Iterable[Delivery]:
        """Every arrival that the sandbox's agencies wrote down, in the order in which they came."""
        for line in arrivals.read_text(encoding="utf-8").splitlines():
            arrival = json.loads(line)
            yield Delivery(
                agency=arrival["door"],
                addressee=arrival["agency"],
                handoff_id=arrival["handoff_id"],
                dispute_code=arrival["dispute_code"],
                about=arrival["about"],
                sequence=arrival["sequence"],
                body_sha256=arrival["body_sha256"],
                **self.times(datetime.fromisoformat(arrival["at"])),
            )


class RecordingTransport(httpx.AsyncHTTPTransport):
    """Sends as httpx does, and has it written down before and after."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        op = self._recorder.invoke(request)
        try:
            response = await super().handle_async_request(request)
            await response.aread()
        except BaseException as error:
            self._recorder.unanswered(op, type(error).__name__)
            raise
        self._recorder.answered(op, response)
        stream = httpx.ByteStream(response.content)
        return httpx.Response(response.status_code, headers=response.headers, stream=stream)


def _kind(status: int) -> Literal["ok", "fail", "info"]:
    if httpx.codes.is_success(status):
        return "ok"
    refused = httpx.codes.is_client_error(status) or status == httpx.codes.SERVICE_UNAVAILABLE
    return "fail" if refused else "info"


def _found(what: re.Pattern[str], text: str) -> str:
    found = what.search(text)
    assert found is not None, text
    return found[1]


def _json(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
