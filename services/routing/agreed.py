"""Agreed limits (约定时限): read once from `agreed_limits.yaml`, found by purpose and place."""

from datetime import date
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from exchange.contracts.vocabulary import Purpose
from law import AgreedLimit
from law.clock_rows import UNIT_ZH, Unit
from law.regions import chain

FILE = "agreed_limits.yaml"


class AgreedRow(BaseModel):
    """One agreement. `invented` marks an example that nobody has agreed yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    purpose: Purpose
    region: str
    amount: int
    unit: Unit
    warn_after: tuple[int, ...] = ()
    agreed_by: tuple[str, ...]
    since: date
    invented: bool
    note: str | None = None

    @property
    def example_zh(self) -> str:
        """How an invented one is cited: as what it is, and in nobody's name."""
        return f"示例（未经约定）的约定时限 {self.amount}{UNIT_ZH[self.unit]}"

    def limit(self) -> AgreedLimit:
        return AgreedLimit(
            rule_id=self.rule,
            amount=self.amount,
            unit=self.unit,
            agreed_by=self.agreed_by,
            since=self.since,
            warn_after=self.warn_after,
        )


@lru_cache(maxsize=1)
def agreed_limits() -> tuple[AgreedRow, ...]:
    """Every agreement. Raises pydantic's ValidationError where the file is malformed."""
    text = resources.files("services.routing").joinpath(FILE).read_text(encoding="utf-8")
    return tuple(AgreedRow.model_validate(row) for row in yaml.safe_load(text)["limits"])


def agreed_limit(rule: str, purpose: Purpose, region: str, on: date) -> AgreedRow | None:
    """The newest agreement of the nearest place that holds on that day; None: nothing agreed."""
    for place in chain(region):
        here = [
            row
            for row in agreed_limits()
            if (row.rule, row.purpose, row.region) == (rule, purpose, place) and row.since <= on
        ]
        if here:
            return max(here, key=lambda row: row.since)
    return None
