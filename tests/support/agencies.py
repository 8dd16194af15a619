"""Agencies of the tests: a key, a place in the directory, an answer."""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exchange.chassis.answers import Answer, Answers, take_answer
from exchange.chassis.ports import Store
from exchange.chassis.process import Parts
from exchange.chassis.rows import HandoffRow, Writes
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1, Delivery
from exchange.contracts.vocabulary import AgencyKind
from exchange.identity.keys import ALGORITHM, SigningKey

EVER = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with its key."""

    key: SigningKey

    @classmethod
    def named(cls, prefix: str) -> "Agency":
        """A new one: its code is the prefix and something random."""
        return cls(SigningKey.generate(f"{prefix}-{secrets.token_hex(6)}"))

    @property
    def code(self) -> str:
        return self.key.agency

    def listed(self, kind: AgencyKind, **delivery: Any) -> AgencyListedV1:
        """Its entry in the directory; `delivery` as in `Delivery` (a mailbox without)."""
        public = self.key.private.public_key().public_bytes_raw()
        return AgencyListedV1(
            agency=self.code,
            name="试办机构",
            kind=kind,
            level="village",
            place="330803112213",
            delivery=Delivery(**delivery),
            keys=(
                AgencyKey(
                    key_id=self.key.key_id,
                    use="sign",
                    algorithm=ALGORITHM,
                    public=base64.b64encode(public).decode(),
                    valid_from=EVER,
                ),
            ),
        )

    async def answers(self, parts: Parts, row: HandoffRow) -> None:
        """Its answer to a handoff, as the mailbox takes it."""
        answer = Answer(row, delivered=True, at=datetime.now(UTC), said={"received": True})
        await take_answer(Answers(parts.service, parts.store, parts.trace), answer)


async def list_agencies(store: Store, *listed: AgencyListedV1) -> None:
    """Into this service's copy of the directory, as a batch of its topic would put them."""
    entries = [(agency.agency, agency.model_dump_json().encode()) for agency in listed]
    async with store.transaction() as tx:
        await tx.write(Writes(agencies=entries))
