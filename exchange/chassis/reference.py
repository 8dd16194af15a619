"""The directory as a service last saw it: agencies by code, read inside the transaction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from exchange.contracts.events.directory import AgencyKey, AgencyListedV1


@dataclass(frozen=True, slots=True)
class AgencyBook:
    """All agencies at one `version` (it grows with every change)."""

    version: int = 0
    by_code: Mapping[str, AgencyListedV1] = field(default_factory=dict)

    def get(self, code: str) -> AgencyListedV1 | None:
        return self.by_code.get(code)

    def __iter__(self) -> Iterator[AgencyListedV1]:
        return iter(self.by_code.values())

    def key(self, key_id: str) -> tuple[AgencyListedV1, AgencyKey] | None:
        """The agency and its key of that id. Key ids start with their agency: `<agency>/<n>`."""
        agency = self.by_code.get(key_id.rpartition("/")[0])
        if agency is None:
            return None
        return next(((agency, k) for k in agency.keys if k.key_id == key_id), None)

    def sealing_key(self, at: datetime) -> AgencyKey | None:
        """The newest of intake's sealing keys in force at that moment."""
        valid = [
            k
            for a in self.by_code.values()
            if a.kind == "exchange"
            for k in a.keys
            if k.use == "seal" and k.valid_from <= at and (k.valid_to is None or at < k.valid_to)
        ]
        return max(valid, key=lambda k: k.valid_from, default=None)
