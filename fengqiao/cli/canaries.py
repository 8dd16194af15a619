"""Looking for what must not be there: invented names and numbers, wherever the exchange writes.

Topics, tables (as text, so that compression hides nothing), the raw files of both engines (write-
ahead log and Kafka segments), logs, spans and metrics.
"""

import asyncio
import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx

from exchange.chassis.ports import Broker
from exchange.contracts.topics import TOPICS

CHUNK_BYTES = 4 * 1024 * 1024
NUL = b"\0"
"""Both engines reserve files ahead, and no needle begins or ends with it."""

FETCH_MAX = 1_000
FETCH_TIMEOUT_MS = 300

TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""

LOOK = """
WITH lines AS MATERIALIZED (SELECT t::text AS line FROM {table} t)
SELECT EXISTS (SELECT 1 FROM lines, unnest($1::text[]) n WHERE position(n IN line) > 0)"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A canary where none may be: the place, never the value."""

    where: str


@dataclass(frozen=True, slots=True)
class Canaries:
    """What is looked for: each text as UTF-8, as JSON and a URL escape it, and as base64."""

    needles: tuple[bytes, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Canaries":
        found: dict[bytes, None] = {}
        for text in texts:
            raw = text.encode()
            forms = (raw, text.encode("unicode_escape"), quote(text).encode(), *_base64(raw))
            found |= dict.fromkeys(forms)
        return cls(tuple(found))

    def in_bytes(self, content: bytes) -> bool:
        return any(needle in content for needle in self.needles)

    def in_files(self, folders: Iterable[Path]) -> list[Hit]:
        """Every file below these folders, read in overlapping chunks."""
        overlap = max(map(len, self.needles)) - 1
        return [
            Hit(str(path))
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and self._in_file(path, overlap)
        ]

    def _in_file(self, path: Path, overlap: int) -> bool:
        tail = b""
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                content = (tail + chunk).strip(NUL)
                if content and self.in_bytes(content):
                    return True
                tail = chunk[-overlap:] if overlap else b""
        return False

    async def in_tables(self, dsns: Sequence[str]) -> list[Hit]:
        """Every row of every table as text; bytea shows as hex, so hex is sought too."""
        hits = []
        for dsn in dsns:
            connection = await asyncpg.connect(dsn)
            try:
                hits += [Hit(table) for table in await self._tables_hit(connection)]
            finally:
                await connection.close()
        return hits

    async def _tables_hit(self, connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
        sought = [text for n in self.needles for text in (n.decode(), n.hex())]
        hit = []
        for row in await connection.fetch(TABLES):
            found = await connection.fetchval(LOOK.replace("{table}", row[0]), sought)
            if found:
                hit.append(row[0])
        return hit

    async def in_topics(self, broker: Broker) -> list[Hit]:
        """Every record of every topic: key, headers and value."""
        consumer = await broker.consumer()
        parts = [(t.name, n) for t in TOPICS.values() for n in range(t.partitions)]
        hits: dict[str, None] = {}
        try:
            await consumer.assign(dict.fromkeys(parts, 0))
            ends = await consumer.watermarks(parts)
            left = {part for part, end in ends.items() if end > 0}
            while left:
                found = await consumer.fetch(
                    sorted(left), max_records=FETCH_MAX, timeout_ms=FETCH_TIMEOUT_MS
                )
                for part, records in found.items():
                    for record in records:
                        raw = b"\n".join(
                            [record.key or b"", record.value or b""]
                            + [name.encode() + value for name, value in record.headers]
                        )
                        if self.in_bytes(raw):
                            hits[f"{record.topic}/{record.partition}/{record.offset}"] = None
                        if record.offset + 1 >= ends[part]:
                            left.discard(part)
        finally:
            await consumer.close()
        return [Hit(where) for where in hits]

    async def in_metrics(self, urls: Mapping[str, str]) -> list[Hit]:
        async with httpx.AsyncClient(trust_env=False) as client:
            pages = await asyncio.gather(*(client.get(f"{url}/metrics") for url in urls.values()))
        return [
            Hit(f"{name}/metrics")
            for name, page in zip(urls, pages, strict=True)
            if self.in_bytes(page.content)
        ]


def _base64(raw: bytes) -> Iterator[bytes]:
    """How the text shows inside base64, wherever it begins there: only what it alone decides."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        begins, decided = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        yield encoded[begins:decided]
