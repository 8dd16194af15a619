"""The handoffs that the played agencies hold, kept over a restart as a real system would."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RECEIVED_MAX = 100_000
TOLD = ("agency", "handoff_id", "dispute_code", "about", "sequence")
"""What is written down of an arrival: never what the handoff says of a person."""


class Inbox:
    """Handoffs by id, appended to one file. The same id again changes nothing.

    Beside them `arrivals.jsonl` has a line for every arrival, repeated or misdelivered ones too:
    `door` is the agency at whose system it came in, `body_sha256` the digest of its canonical JSON.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._arrivals_path = path, path.with_name("arrivals.jsonl")
        self._by_id: dict[str, dict[str, Any]] = {}
        self._arrivals: Counter[str] = Counter()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                handoff = json.loads(line)
                self._by_id[handoff["handoff_id"]] = handoff

    def keep(self, door: str, handoff: dict[str, Any]) -> bool:
        """Keep a handoff that came to this agency's system; False where it was held already."""
        handoff_id = handoff["handoff_id"]
        self._arrivals[handoff_id] += 1
        _append(self._arrivals_path, _arrival(door, handoff))
        if handoff_id in self._by_id:
            return False
        if len(self._by_id) >= RECEIVED_MAX:
            raise OverflowError(f"a sandbox holds at most {RECEIVED_MAX} handoffs")
        self._by_id[handoff_id] = handoff
        _append(self._path, handoff)
        return True

    def holds(self, handoff_id: str) -> bool:
        return handoff_id in self._by_id

    def arrivals(self, agency: str, dispute: str | None) -> dict[str, int]:
        """How often each of an agency's handoffs came, by what it is about; since the start."""
        return {h["about"]: self._arrivals[h["handoff_id"]] for h in self.of(agency, dispute)}

    def of(self, agency: str, dispute: str | None) -> Sequence[dict[str, Any]]:
        """An agency's handoffs in the order in which they came."""
        return [
            handoff
            for handoff in self._by_id.values()
            if handoff["agency"] == agency and dispute in (None, handoff["dispute_code"])
        ]


def _arrival(door: str, handoff: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(handoff, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {
        "door": door,
        **{name: handoff.get(name) for name in TOLD},
        "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
        "at": datetime.now(UTC).isoformat(),
    }


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
