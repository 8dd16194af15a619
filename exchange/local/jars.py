"""Kafka's jars: a pinned list, fetched once, verified at every start.

`jars.lock` (written by `deploy/kafka/lock_jars.py`) holds `group:artifact:version sha256` lines.
jgo downloads; the verifying is ours, because jgo only warns about a wrong checksum and takes a
truncated file in its cache for a good one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.local.saying import Say, silently

if TYPE_CHECKING:
    from jgo.maven import MavenContext

LOCK = Path(__file__).with_name("jars.lock")
DOWNLOADS_AT_ONCE = 8
DOWNLOAD_TIMEOUT_S = 60
DOWNLOAD_ATTEMPTS_MAX = 2

Progress = Callable[[int, int], None]
"""Called with (jars ready, jars in all) after each jar."""


class JarUnavailable(RuntimeError):
    """A jar is missing or damaged and could not be fetched."""

    def __init__(self, coordinate: str, path: Path, reason: str) -> None:
        self.coordinate, self.path, self.reason = coordinate, path, reason
        super().__init__(f"{coordinate}: {reason} (缓存 {path};联网后再运行一次即可补齐)")


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    def path(self, cache: Path) -> Path:
        """Where the jar lies below `cache`, in Maven's layout."""
        folder = cache.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_intact(self, cache: Path) -> bool:
        """True when the file is there and its SHA-256 is the lock's."""
        try:
            with self.path(cache).open("rb") as opened:
                return hashlib.file_digest(opened, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def cache_directory() -> Path:
    """`FENGQIAO_CACHE`, else `$XDG_CACHE_HOME/fengqiao`, else `~/.cache/fengqiao`."""
    if own := os.environ.get("FENGQIAO_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fengqiao"


def read_lock(lock: Path = LOCK) -> tuple[Jar, ...]:
    """The jars of a lock file, in its order."""
    lines = lock.read_text().splitlines()
    return tuple(_read_line(line) for line in lines if line[:1] not in ("", "#"))


def damaged_jars(cache: Path, jars: tuple[Jar, ...]) -> tuple[Jar, ...]:
    """The jars whose file is there but is not the pinned one."""
    return tuple(jar for jar in jars if jar.path(cache).exists() and not jar.is_intact(cache))


def fetch_jars(
    cache: Path,
    jars: tuple[Jar, ...],
    *,
    offline: bool = False,
    mirror: str | None = None,
    progress: Progress = lambda _ready, _all: None,
    say: Say = silently,
) -> tuple[Path, ...]:
    """The paths of all jars, each verified; what is missing or damaged is fetched.

    `mirror` is the base URL of a Maven repository to use instead of Maven Central. Nothing is
    asked of the network when every jar is intact. Raises JarUnavailable.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        intact = tuple(pool.map(lambda jar: jar.is_intact(cache), jars))
        wanted = [jar for jar, is_intact in zip(jars, intact, strict=True) if not is_intact]
        ready = len(jars) - len(wanted)
        progress(ready, len(jars))
        if missing := sum(not jar.path(cache).exists() for jar in wanted):
            say(f"下载 Kafka 的 {missing} 个 jar(只此一次)/ fetching {missing} jars, once")
        if wanted:
            with _only_one_fetcher(cache):
                context = _context(cache, mirror)
                for _ in pool.map(lambda jar: _fetch(context, jar, offline, say), wanted):
                    ready += 1
                    progress(ready, len(jars))
    return tuple(jar.path(cache) for jar in jars)


def _context(cache: Path, mirror: str | None) -> MavenContext:
    from jgo.maven import MavenContext, PythonResolver  # a quarter of a second, for this alone

    return MavenContext(
        resolver=PythonResolver(),
        repo_cache=cache,
        timeout=DOWNLOAD_TIMEOUT_S,
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
    )


def _fetch(context: MavenContext, jar: Jar, offline: bool, say: Say) -> None:
    cache = context.repo_cache
    path = jar.path(cache)
    if jar.is_intact(cache):
        return  # another process fetched it while this one waited
    if path.exists():
        say(f"{path.name} 已损坏(校验和不符),重新下载 / damaged, fetched again")
    if offline:
        reason = "damaged" if path.exists() else "missing"
        raise JarUnavailable(jar.coordinate, path, f"{reason}, and offline")
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    reason = ""
    for _ in range(DOWNLOAD_ATTEMPTS_MAX):
        path.unlink(missing_ok=True)
        try:
            context.resolver.download(artifact)
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
            reason = f"download failed: {error}"
            continue
        if jar.is_intact(cache):
            return
        reason = "the downloaded file is not the pinned one (sha256 differs)"
    path.unlink(missing_ok=True)
    raise JarUnavailable(jar.coordinate, path, reason)


def _read_line(line: str) -> Jar:
    coordinate, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, sha256)


@contextmanager
def _only_one_fetcher(cache: Path) -> Iterator[None]:
    with (cache / ".fetching").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
