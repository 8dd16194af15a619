"""`python -m exchange.local prepare` and `... clean var`: what `make` runs before and after."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from exchange.local.child import ChildFailed
from exchange.local.home import Home
from exchange.local.jars import JarUnavailable, cache_directory, fetch_jars, read_lock
from exchange.local.kafka_warmth import record_warm_start, warm_start_options


def main() -> int:
    """Exit code 0, or 1 after one sentence that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m exchange.local")
    parser.add_argument("task", choices=("prepare", "clean"))
    parser.add_argument("homes", nargs="?", type=Path, default=Path("var"))
    given = parser.parse_args()
    console = Console(soft_wrap=True)
    try:
        return prepare(console) if given.task == "prepare" else clean(console, given.homes)
    except (JarUnavailable, ChildFailed) as error:
        console.print(f"✗ {error}", markup=False)
        return 1


def prepare(console: Console) -> int:
    """Fetch and verify Kafka's jars; record its warm start once."""
    cache = cache_directory()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=False) as bar:
        task = bar.add_task("核对 Kafka 的 jar", total=None)
        jars = fetch_jars(
            cache / "jars",
            read_lock(),
            mirror=os.environ.get("FENGQIAO_MAVEN_MIRROR"),
            progress=lambda ready, total: bar.update(task, completed=ready, total=total),
            say=lambda sentence: bar.console.print(sentence, markup=False),
        )
    if not warm_start_options(cache, jars):
        console.print("预热 Kafka(只此一次,约 15 秒),以后每次启动快 3 秒")
        asyncio.run(record_warm_start(cache, jars))
    return 0


def clean(console: Console, homes: Path) -> int:
    """Delete every home below a directory, except those that run."""
    running = 0
    for secrets in sorted(homes.glob("*/secrets")):
        home = Home(secrets.parent.resolve())
        if home.is_locked():
            console.print(f"✗ {home.directory} 正在运行(进程 {home.last_holder()}),请先停止")
            running += 1
        else:
            home.destroy()
            console.print(f"已删除 {home.directory}")
    return 1 if running else 0


if __name__ == "__main__":
    sys.exit(main())
