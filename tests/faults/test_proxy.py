"""The network that faults are made of does what it says, before anything is concluded from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.faults.proxy import COMMIT, LOOPBACK, Proxy

DONE = b"done"
AT_ONCE_S = 5.0
NOT_YET_S = 0.05


@dataclass(slots=True)
class Server:
    """Notes what it is sent and says DONE to each message, as a database would."""

    heard: list[bytes] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):  # the proxy cuts it: that is what is tested
                while message := await reader.read(1024):
                    self.heard.append(message)
                    writer.write(DONE)
        finally:
            self.gone.set()
            writer.close()


@dataclass(slots=True)
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def asks(self, message: bytes) -> bytes:
        self.writer.write(message)
        return await asyncio.wait_for(self.reader.read(1024), AT_ONCE_S)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Client, Proxy, Server]]:
    server = Server()
    async with await asyncio.start_server(server, LOOPBACK, 0) as listening:
        proxy = Proxy(listening.sockets[0].getsockname()[1])
        await proxy.open()
        client = Client(*await asyncio.open_connection(LOOPBACK, proxy.port))
        assert await client.asks(b"hello") == DONE
        yield client, proxy, server
        client.writer.transport.abort()
        await proxy.close()


async def test_before_commit_the_server_never_hears_of_it() -> None:
    async with connected() as (client, proxy, server):
        meeting = asyncio.create_task(proxy.reset_at_commit("before"))
        await asyncio.sleep(0)

        with pytest.raises(ConnectionResetError):
            await client.asks(COMMIT)

        await meeting
        assert server.heard == [b"hello"]


async def test_after_commit_it_was_done_and_its_client_cannot_know() -> None:
    async with connected() as (client, proxy, server):
        meeting = asyncio.create_task(proxy.reset_at_commit("after"))
        await asyncio.sleep(0)

        with pytest.raises(ConnectionResetError):
            await client.asks(COMMIT)

        await meeting
        assert server.heard == [b"hello", COMMIT]


async def test_a_half_open_connection_is_silent_and_its_server_is_gone() -> None:
    async with connected() as (client, proxy, server):
        assert proxy.half_open() == 1

        await asyncio.wait_for(server.gone.wait(), AT_ONCE_S)
        client.writer.write(b"anybody?")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), NOT_YET_S)
        assert server.heard == [b"hello"]


async def test_in_the_dark_nothing_passes_and_afterwards_it_does() -> None:
    async with connected() as (client, proxy, server):
        with proxy.dark():
            client.writer.write(b"later")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.reader.read(1), NOT_YET_S)
            assert server.heard == [b"hello"]

        assert await asyncio.wait_for(client.reader.read(1024), AT_ONCE_S) == DONE
        assert server.heard == [b"hello", b"later"]


async def test_a_server_that_is_away_refuses_its_clients_at_once() -> None:
    async with connected() as (_, proxy, _server):
        proxy.target_port = 1
        reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
        try:
            assert await asyncio.wait_for(reader.read(1), AT_ONCE_S) == b""
        finally:
            writer.transport.abort()
