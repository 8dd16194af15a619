"""Moving legal time in a sandbox home: all databases at once, forward only."""

import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import asyncpg

from exchange.local.home import Home
from exchange.local.postgres_server import PostgresServer
from fengqiao.cli.declared import SERVICES

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
SPAN = re.compile(r"(\d{1,6})([dhms])")

ADVANCE = """
INSERT INTO legal_offset (shift) VALUES ($1)
ON CONFLICT (single) DO UPDATE SET shift = legal_offset.shift + excluded.shift
RETURNING shift"""

START = """
INSERT INTO legal_offset (shift) VALUES ($1::timestamptz - now()) ON CONFLICT DO NOTHING"""


class BadSpan(ValueError):
    def __init__(self, text: str) -> None:
        super().__init__(f"时长写法不对：{text}；例：7d、12h、30m / not a span, e.g. 7d, 12h, 30m")


def parse_span(text: str) -> timedelta:
    """`7d`, `12h`, `1d12h`. Raises BadSpan."""
    parts = SPAN.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise BadSpan(text)
    return sum((timedelta(**{UNITS[u]: int(n)}) for n, u in parts), timedelta())


def database_dsns(home: Home) -> Sequence[str]:
    """The super user's DSN of every service's database in a home."""
    admin = PostgresServer(home).admin_dsn
    return [f"{admin.removesuffix('/postgres')}/{name}" for name in SERVICES]


async def advance(dsns: Sequence[str], by: timedelta) -> timedelta:
    """Move legal time on by `by` in every database; the offset after it.

    All databases are changed in transactions that are open together, so that a failure in one
    leaves all as they were.
    """
    async with AsyncExitStack() as opened:
        shifts = []
        for dsn in dsns:
            connection = await asyncpg.connect(dsn)
            opened.push_async_callback(connection.close)
            await opened.enter_async_context(connection.transaction())
            shifts.append(await connection.fetchval(ADVANCE, by))
    offset: timedelta = max(shifts)
    return offset


async def set_start(dsns: Sequence[str], start: datetime) -> None:
    """Let a fresh sandbox home's legal time begin at `start`; one that has begun goes on."""
    async with AsyncExitStack() as opened:
        for dsn in dsns:
            connection = await asyncpg.connect(dsn)
            opened.push_async_callback(connection.close)
            await opened.enter_async_context(connection.transaction())
            await connection.execute(START, start)
