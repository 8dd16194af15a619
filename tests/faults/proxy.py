"""A network between a service and its PostgreSQL, which a fault can slow, cut, or lose.

    proxy = Proxy(postgres_port); await proxy.open()      # proxy.port is what the service is told

It forwards bytes and reads one thing in them: the query message with which a transaction ends.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

LOOPBACK = "127.0.0.1"
CHUNK_BYTES_MAX = 65_536
COMMIT = b"Q\x00\x00\x00\x0cCOMMIT;\x00"
"""PostgreSQL's simple query message, as asyncpg sends it (protocol 3.0, "Query (F)")."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends RST."""

When = Literal["before", "after"]


@dataclass(eq=False, slots=True)
class Connection:
    """One client and its server. `forgotten`: the server is gone and the client was never told;
    `doomed`: it is reset when the server's next answer comes."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    forgotten: bool = False
    doomed: bool = False

    def reset(self) -> None:
        """Both ends get RST."""
        for writer in (self.client, self.server):
            raw: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    def forget(self) -> None:
        """The server's end is closed; the client's stays open, and silent."""
        self.forgotten = True
        self.server.transport.abort()


@dataclass(eq=False, slots=True)
class Proxy:
    """Listens on `port`, forwards to `target_port`, both on loopback."""

    target_port: int
    port: int = 0
    delay_s: float = 0.0
    connections: set[Connection] = field(default_factory=set)
    _passes: asyncio.Event = field(default_factory=asyncio.Event)
    _at_commit: tuple[When, asyncio.Event] | None = None
    _listening: asyncio.Server | None = None

    async def open(self) -> None:
        self._passes.set()
        self._listening = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """No more connections; those that there are end at once."""
        assert self._listening is not None
        self._listening.close()
        for connection in tuple(self.connections):
            connection.reset()
        await self._listening.wait_closed()

    @contextmanager
    def slow(self, delay_s: float) -> Iterator[None]:
        """Each chunk, there and back, takes so long."""
        self.delay_s = delay_s
        try:
            yield
        finally:
            self.delay_s = 0.0

    @contextmanager
    def dark(self) -> Iterator[None]:
        """Nothing comes through, connections included; afterwards what was sent arrives, as TCP's
        repetitions would bring it."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    def half_open(self) -> int:
        """Lose every server without telling its client; how many there were."""
        whole = [c for c in self.connections if not c.forgotten]
        for connection in whole:
            connection.forget()
        return len(whole)

    async def reset_at_commit(self, when: When) -> None:
        """The next COMMIT meets a reset: `before` it reaches the server, or `after`, when the
        transaction is committed and its answer is on the way. Returns when that has happened."""
        met = asyncio.Event()
        self._at_commit = when, met
        try:
            await met.wait()
        finally:
            self._at_commit = None

    async def _connected(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            await self._passes.wait()
            answers, server = await asyncio.open_connection(LOOPBACK, self.target_port)
        except OSError:
            client.transport.abort()
            return
        connection = Connection(client, server)
        self.connections.add(connection)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._there(reader, connection))
                both.create_task(self._back(answers, connection))
        finally:
            self.connections.discard(connection)
            client.transport.abort()
            server.transport.abort()

    async def _there(self, reader: asyncio.StreamReader, c: Connection) -> None:
        """From client to server."""
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK_BYTES_MAX):
                await self._passing()
                if c.forgotten or (COMMIT in chunk and self._meets_reset(c)):
                    continue
                c.server.write(chunk)
                await c.server.drain()
        c.server.transport.abort()

    async def _back(self, answers: asyncio.StreamReader, c: Connection) -> None:
        """From server to client."""
        with suppress(ConnectionError):
            while chunk := await answers.read(CHUNK_BYTES_MAX):
                await self._passing()
                if c.doomed:
                    c.reset()
                c.client.write(chunk)
                await c.client.drain()
        if not c.forgotten:
            c.client.transport.abort()

    async def _passing(self) -> None:
        await self._passes.wait()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)

    def _meets_reset(self, c: Connection) -> bool:
        """Whether this COMMIT is lost on its way."""
        if self._at_commit is None:
            return False
        when, met = self._at_commit
        self._at_commit = None
        met.set()
        c.doomed = when == "after"
        if when == "before":
            c.reset()
        return when == "before"
