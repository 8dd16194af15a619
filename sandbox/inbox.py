"""The handoffs that the played agencies hold, kept over a restart as a real system would."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RECEIVED_MAX = 100_000


class Inbox:
    """Handoffs by id, appended to one file. The same id again changes nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by_id: dict[str, dict[str, Any]] = {}
        self._arrivals: Counter[str] = Counter()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                handoff = json.loads(line)
                self._by_id[handoff["handoff_id"]] = handoff

    def keep(self, handoff: dict[str, Any]) -> bool:
        """Keep a handoff; False where it was held already."""
        handoff_id = handoff["handoff_id"]
        self._arrivals[handoff_id] += 1
        if handoff_id in self._by_id:
            return False
        if len(self._by_id) >= RECEIVED_MAX:
            raise OverflowError(f"a sandbox holds at most {RECEIVED_MAX} handoffs")
        self._by_id[handoff_id] = handoff
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(handoff, ensure_ascii=False) + "\n")
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
