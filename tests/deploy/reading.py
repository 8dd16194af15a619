"""docker-compose.yml as a test reads it: parsed, with Compose's own escapes undone."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]

_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::[-?](.*?))?\}")


def settings_of(container: str) -> dict[str, str]:
    """The FENGQIAO_* variables of one container, with Compose's defaults filled in."""
    given = CONTAINERS[container].get("environment", {})
    return {k: filled(v) for k, v in given.items() if k.startswith("FENGQIAO_")}


def filled(text: str) -> str:
    """`${NAME:-default}` as its default, `$$` as `$`."""
    return _VARIABLE.sub(lambda found: found.group(2) or "", text).replace("$$", "$")


def script_of(container: str) -> str:
    """The shell script that a container runs."""
    return filled(CONTAINERS[container]["command"][0])


def kafka_properties() -> dict[str, str]:
    return properties(filled(COMPOSE["configs"]["kafka"]["content"]))


def properties(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
