"""Runs the service processes of a home: started together, kept running, stopped in reverse order.

    async with Supervisor(home, processes, engines=(stack.kafka, stack.postgres), say=print) as s:
        await s.failed()

A process that ends unasked is started again after a growing pause; one that ends again and again
raises KeepsCrashing, and whoever runs the supervisor leaves it, which stops the rest.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self, TypeVar

import httpx

from exchange.local.child import Child, ChildFailed
from exchange.local.home import Home
from exchange.local.saying import Say, silently
from exchange.local.together import together

READY_DEADLINE_S = 40.0
READY_TIMEOUT_S = 2.0
READY_POLL_S = 0.05
STOP_DEADLINE_S = 10.0
RESTART_PAUSE_FIRST_S = 0.5
RESTART_PAUSE_MAX_S = 10.0
CRASHES_MAX = 8  # in a row, none of them STEADY_AFTER_S apart
STEADY_AFTER_S = 30.0
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")


class KeepsCrashing(RuntimeError):
    """A process ended CRASHES_MAX times in a row and is not started any more."""

    def __init__(self, name: str, last: ChildFailed) -> None:
        self.name, self.last = name, last
        super().__init__(f"{name} 连续退出 {CRASHES_MAX} 次,不再重启 / gave up. {last}")


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """One service as a process; ready when `GET /readyz` on its port answers 200."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    port: int


class Startable(Protocol):
    """What can be kept running: a service, or an engine of the stack."""

    @property
    def child(self) -> Child: ...

    async def start(self) -> None:
        """Start and wait until it is ready; raises ChildFailed."""


class Supervisor:
    """The processes of a home. Entering starts all and waits until each is ready.

    Engines are already running; they are only kept so. Raises ChildFailed when one process is not
    ready within READY_DEADLINE_S; those that were started are stopped first.
    """

    def __init__(
        self,
        home: Home,
        processes: Sequence[ServiceProcess],
        *,
        engines: Sequence[Startable] = (),
        say: Say = silently,
        pause_s: float = RESTART_PAUSE_FIRST_S,
    ) -> None:
        self._client = httpx.AsyncClient(trust_env=False, timeout=READY_TIMEOUT_S)
        self._services = [_Service(home, process, self._client) for process in processes]
        self._engines = engines
        self._say, self._pause_s = say, pause_s
        self._keepers: list[asyncio.Task[NoReturn]] = []

    def child(self, name: str) -> Child:
        """The process of one service (its pid, its log; tests kill it)."""
        return next(service.child for service in self._services if service.child.name == name)

    async def failed(self) -> NoReturn:
        """Wait until a process is given up, and raise KeepsCrashing."""
        done, _ = await asyncio.wait(self._keepers, return_when=asyncio.FIRST_COMPLETED)
        await next(iter(done))
        raise AssertionError("a keeper never returns")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(self._client)
            for service in self._services:
                opened.push_async_callback(service.child.stop, STOP_DEADLINE_S)
            await together(*(self._start(service) for service in self._services))
            self._opened = opened.pop_all()
        self._keepers = [
            asyncio.create_task(keep_running(each, self._say, self._pause_s))
            for each in (*self._engines, *self._services)
        ]
        return self

    async def _start(self, service: _Service) -> None:
        await service.start()
        self._say(f"{service.child.name} 就绪 / ready")

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self._opened.__aexit__(kind, error, trace)


async def keep_running(
    process: Startable, say: Say, pause_s: float = RESTART_PAUSE_FIRST_S
) -> NoReturn:
    """Start the process again whenever it ends unasked. Raises KeepsCrashing."""
    name, crashes = process.child.name, 0
    while True:
        steady_at = time.monotonic() + STEADY_AFTER_S
        code = await process.child.crashed()
        crashes = 1 if time.monotonic() > steady_at else crashes + 1
        failure = ChildFailed(name, f"ended with code {code}", process.child.log)
        while crashes < CRASHES_MAX:
            pause = min(pause_s * 2 ** (crashes - 1), RESTART_PAUSE_MAX_S)
            say(f"{name} 意外退出({failure.what}),{pause:g} 秒后重启 / restarting")
            if code > 0:
                say(f"{name}: {failure.last_words}")
            await asyncio.sleep(pause)
            try:
                await process.start()
            except ChildFailed as error:
                failure, crashes = error, crashes + 1
            else:
                say(f"{name} 已恢复 / runs again")
                break
        else:
            raise KeepsCrashing(name, failure)


def run_until_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    """Run `work`; SIGINT, SIGTERM or SIGHUP cancel it once, so that its contexts close in order.

    Later signals are ignored while it stops. Returns the result, or None when it was stopped.
    """
    return asyncio.run(_cancelled_by_signals(work))


async def _cancelled_by_signals(work: Coroutine[Any, Any, T]) -> T | None:
    loop, task, asked = asyncio.get_running_loop(), asyncio.ensure_future(work), False

    def ask_to_stop() -> None:
        nonlocal asked
        if not asked:
            asked = True
            task.cancel()

    for each in STOPPING_SIGNALS:
        loop.add_signal_handler(each, ask_to_stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not asked:
            raise
        return None
    finally:
        for each in STOPPING_SIGNALS:
            loop.remove_signal_handler(each)


class _Service:
    def __init__(self, home: Home, process: ServiceProcess, client: httpx.AsyncClient) -> None:
        self.child = Child(home, process.name)
        self._process, self._client = process, client

    async def start(self) -> None:
        if self.child.pid is not None:
            await self.child.kill()  # it runs but was not ready in time
        await self.child.start(self._process.argv, env=self._process.env)
        deadline = time.monotonic() + READY_DEADLINE_S
        while not await _is_ready(self._client, self._process.port):
            self.child.check_running()
            if time.monotonic() > deadline:
                what = f"not ready within {READY_DEADLINE_S:g} s"
                raise ChildFailed(self.child.name, what, self.child.log)
            await asyncio.sleep(READY_POLL_S)


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        answer = await client.get(f"http://127.0.0.1:{port}/readyz")
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK
