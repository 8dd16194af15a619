"""Writes the pinned list of Kafka's jars: `lock_jars.py exchange/local/jars.lock`.

Run by hand (`make lock`) when Kafka's version changes; nothing at run time resolves anything.
The jars are resolved by jgo from three roots. Each root is *raw*: jgo would otherwise read it as
an imported bill of materials and pull in versions that Maven itself does not choose.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver
from jgo.parse import Coordinate

KAFKA = "4.3.1"
LOG4J = "2.24.3"  # the release that Kafka 4.3.1 was built with
ROOTS = (
    ("org.apache.kafka", "kafka_2.13", KAFKA),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J),
    ("org.apache.logging.log4j", "log4j-core", LOG4J),
)
DOWNLOAD_TIMEOUT_S = 60


def main(lock: Path) -> None:
    """Resolve, download into a throw-away cache and write `group:artifact:version sha256` lines."""
    with tempfile.TemporaryDirectory() as cache:
        lines = sorted(resolved_lines(Path(cache)))
    head = f"# Apache Kafka {KAFKA}; written by deploy/kafka/lock_jars.py"
    lock.write_text("\n".join((head, *lines)) + "\n")
    sys.stdout.write(f"{lock}: {len(lines)} jars\n")


def resolved_lines(cache: Path) -> list[str]:
    """The run-time closure of ROOTS, one line per jar."""
    context = MavenContext(resolver=PythonResolver(), repo_cache=cache, timeout=DOWNLOAD_TIMEOUT_S)
    roots = [
        context.create_dependency(Coordinate(*root, scope="compile", raw=True)) for root in ROOTS
    ]
    inputs, transitive = context.resolver.resolve(roots)
    lines = []
    for dependency in (*inputs, *transitive):
        artifact = dependency.artifact
        jar = artifact.resolve()
        with jar.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        lines.append(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {digest}")
    return lines


if __name__ == "__main__":
    main(Path(sys.argv[1]))
