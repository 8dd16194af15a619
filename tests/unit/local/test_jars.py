"""Jars are pinned by SHA-256: damaged ones are fetched again, wrong ones never used."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from exchange.local.jars import Jar, JarUnavailable, damaged_jars, fetch_jars, read_lock

CONTENT = b"not really a jar, but pinned like one"
JAR = Jar("org.example", "wall", "1.0", hashlib.sha256(CONTENT).hexdigest())


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing: a test prints no access log."""


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A Maven repository of one jar: its URL and the jar's file there."""
    served = tmp_path / "repository"
    jar = JAR.path(served)
    jar.parent.mkdir(parents=True)
    jar.write_bytes(CONTENT)
    handler = partial(QuietHandler, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", jar
        server.shutdown()
        thread.join()


def test_a_missing_jar_offline_is_named(tmp_path: Path) -> None:
    with pytest.raises(JarUnavailable, match=r"org\.example:wall:1\.0: missing, and offline"):
        fetch_jars(tmp_path, (JAR,), offline=True)


def test_a_truncated_jar_offline_is_named_and_not_used(tmp_path: Path) -> None:
    damage(tmp_path)

    with pytest.raises(JarUnavailable, match="damaged, and offline"):
        fetch_jars(tmp_path, (JAR,), offline=True)
    assert damaged_jars(tmp_path, (JAR,)) == (JAR,)


def test_a_truncated_jar_is_fetched_again_with_a_message(
    tmp_path: Path, repository: tuple[str, Path]
) -> None:
    url, _ = repository
    damage(tmp_path / "cache")
    said: list[str] = []

    (path,) = fetch_jars(tmp_path / "cache", (JAR,), mirror=url, say=said.append)

    assert path.read_bytes() == CONTENT
    assert len(said) == 1
    assert "wall-1.0.jar 已损坏" in said[0]


def test_a_repository_that_serves_something_else_is_refused(
    tmp_path: Path, repository: tuple[str, Path]
) -> None:
    url, served = repository
    served.write_bytes(b"something else")

    with pytest.raises(JarUnavailable, match="sha256 differs"):
        fetch_jars(tmp_path / "cache", (JAR,), mirror=url)
    assert not JAR.path(tmp_path / "cache").exists()


def test_intact_jars_need_no_network(tmp_path: Path, repository: tuple[str, Path]) -> None:
    url, served = repository
    fetch_jars(tmp_path / "cache", (JAR,), mirror=url)
    served.unlink()
    steps: list[tuple[int, int]] = []

    fetch_jars(tmp_path / "cache", (JAR,), offline=True, progress=lambda *step: steps.append(step))

    assert steps == [(1, 1)]


def test_the_lock_pins_46_jars_of_kafka() -> None:
    jars = read_lock()

    assert len(jars) == 46
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert "org.apache.kafka:kafka_2.13:4.3.1" in {jar.coordinate for jar in jars}


def damage(cache: Path) -> None:
    path = JAR.path(cache)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[:7])
