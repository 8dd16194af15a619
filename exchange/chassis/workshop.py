"""What one process holds for the work that is impure but needs no database: keys, time, chance."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random, SystemRandom
from typing import Any

from exchange.chassis.reference import AgencyBook
from exchange.chassis.settings import Settings
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1
from exchange.identity.keys import ALGORITHM, SigningKey

EXCHANGE = "EX-000000000000-01"
"""The exchange's own agency code: its key signs receipts, answers and handoffs."""


def machine_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Workshop:
    """`signing` is the exchange's own key; `keys` what a service needs besides, by name.

    `now` is machine time (signatures, answers), `chance` whatever a process draws for itself (its
    name, the order in which it takes leases): a simulator gives its own of both.
    """

    settings: Settings
    signing: SigningKey
    keys: Mapping[str, Any] = field(default_factory=dict)
    now: Callable[[], datetime] = machine_time
    chance: Random = field(default_factory=SystemRandom)

    def exchange(self) -> AgencyListedV1:
        """The exchange as an agency, with its own key: known before the directory lists anybody."""
        public = self.signing.private.public_key().public_bytes_raw()
        return AgencyListedV1(
            agency=EXCHANGE,
            name="枫桥对接总线",
            kind="exchange",
            level="county",
            place=self.settings.region,
            keys=(
                AgencyKey(
                    key_id=self.signing.key_id,
                    use="sign",
                    algorithm=ALGORITHM,
                    public=base64.b64encode(public).decode(),
                    valid_from=datetime.min.replace(tzinfo=UTC),
                ),
            ),
        )


def with_exchange(book: AgencyBook, workshop: Workshop) -> AgencyBook:
    """The directory, and the exchange itself where it is not listed yet."""
    if EXCHANGE in book.by_code:
        return book
    return AgencyBook(book.version, {**book.by_code, EXCHANGE: workshop.exchange()})
