"""A store as full as after years: loaded by COPY and multiplied where it lies."""

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.bare import initial
from bench.ground import Connection
from bench.workload import COUNTY
from exchange.chassis.partitioning import partition_of
from exchange.contracts.dispute_code import CROCKFORD, RANDOM_CHARS, mint
from exchange.contracts.topics import DISPUTE_PARTITIONS

NEWEST = 0.05
NEWEST_MIN = 5_000
"""At least so many are the newest: else a batch in a small store had few disputes to write."""

OLDER = 1_000

LEDGER_VALUE_BYTES = 900
LEDGER_HEADER_BYTES = 400
COPY_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Stored:
    """Codes of stored disputes: `older` and `newest` are those that events are about.

    The many that nobody asks for any more only look like codes: to mint them takes minutes.
    """

    untouched: int
    older: Sequence[str]
    newest: Sequence[str]

    @classmethod
    def of(cls, disputes: int) -> "Stored":
        year = datetime.now(UTC).year
        newest = min(disputes, max(int(disputes * NEWEST), NEWEST_MIN))
        older = min(disputes - newest, OLDER)
        minted = [mint(COUNTY, year, secrets.token_bytes) for _ in range(older + newest)]
        return cls(disputes - older - newest, minted[:older], minted[older:])

    def __iter__(self) -> Iterator[str]:
        """Oldest first."""
        chance = random.Random()  # noqa: S311  nobody guesses these
        for _ in range(self.untouched):
            yield f"{COUNTY}-2020-{''.join(chance.choices(CROCKFORD, k=RANDOM_CHARS))}-0"
        yield from self.older
        yield from self.newest


DISPUTES = """
INSERT INTO disputes (code, partition, state, sequence_out, head)
SELECT code, partition, $1::bytea, 1, sha256(code::bytea) FROM stored"""

LEDGER = """
INSERT INTO ledger (code, partition, sequence, id, type, version, at, headers, value, prev, hash)
SELECT code, partition, 1, code || '-1', 'dispute.registered', 1, now(),
    convert_to(repeat('h', $1), 'UTF8'), convert_to(repeat('v', $2), 'UTF8'),
    sha256('genesis'), sha256(code::bytea) FROM stored"""

INBOX = "INSERT INTO inbox (id) SELECT code || '-in' FROM stored"

CLOCKS = """
INSERT INTO clocks (code, partition, rule, instance, rung, due_at)
SELECT code, partition, 'bench.pending', '1', 0,
    CASE WHEN place <= $1 THEN $2::timestamptz + place * interval '1 second' / $3
         ELSE $2::timestamptz + interval '1 day' + place * interval '1 second' END
FROM stored"""


async def load(connection: Connection, codes: Stored) -> None:
    """A dispute for each code, with one ledger entry and one id in the inbox. The table `stored`
    (place from 1, code, partition) stays for what follows on this connection."""
    await connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS stored (place bigint, code text, partition int)"
    )
    await connection.execute("TRUNCATE stored")
    await connection.copy_records_to_table(
        "stored",
        records=(
            (place, code, partition_of(code, DISPUTE_PARTITIONS))
            for place, code in enumerate(codes, start=1)
        ),
        timeout=COPY_TIMEOUT_S,
    )
    state = initial("").model_dump_json(exclude_defaults=True).encode()
    await connection.execute(DISPUTES, state, timeout=COPY_TIMEOUT_S)
    await connection.execute(
        LEDGER, LEDGER_HEADER_BYTES, LEDGER_VALUE_BYTES, timeout=COPY_TIMEOUT_S
    )
    await connection.execute(INBOX, timeout=COPY_TIMEOUT_S)


async def settle(connection: Connection) -> None:
    """What a server that runs for years has long done: counted, cleaned, written down."""
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(statement, timeout=COPY_TIMEOUT_S)


async def pend(connection: Connection, *, due: int, from_: datetime, per_s: int) -> None:
    """A clock for every dispute stored: the first `due` fall due `per_s` a second, the others
    on later days."""
    await connection.execute(CLOCKS, due, from_, float(per_s), timeout=COPY_TIMEOUT_S)
