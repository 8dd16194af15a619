"""What is wrong with this machine or home, and how to mend it.

Each check is a pure function of facts; `examine` and `examine_topics` gather the facts.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.chassis.kafka.access import KafkaAccess
from exchange.local.declarations import TopicSpec
from exchange.local.home import Home, is_free
from exchange.local.jars import cache_directory, damaged_jars, read_lock
from exchange.local.kafka_provision import actual_topics, differences
from exchange.local.postgres_server import MAJOR as POSTGRES_MAJOR
from exchange.local.process_census import port_holder

PYTHON_MIN = (3, 11)
FREE_BYTES_MIN = 2 << 30
ZONE_FILE = Path("/usr/share/zoneinfo/Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence for a clerk and for an engineer."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `how_to_mend` is there exactly when it is not well."""

    ok: bool
    what: Text
    how_to_mend: Text | None = None


def examine(home: Home) -> tuple[Finding, ...]:
    """All checks that need no running engine."""
    cache = cache_directory() / "jars"
    pids = {
        name: process.pid
        for name in home.recorded_names()
        if (process := home.recorded_process(name)) and process.is_alive()
    }
    is_running = home.is_locked()
    kept = home.ports()
    holders = {} if is_running else {n: port_holder(p) for n, p in kept.items() if not is_free(p)}
    version_file = home.directory / "postgres" / "data" / "PG_VERSION"
    return (
        python_version(sys.version_info[:2]),
        disk_space(home.directory, shutil.disk_usage(home.directory).free),
        jars([jar.path(cache).name for jar in damaged_jars(cache, read_lock())]),
        last_run(is_running, home.last_holder(), pids),
        *ports(kept, holders),
        postgres_data(version_file.read_text().strip() if version_file.exists() else None),
        time_zones(ZONE_FILE.exists()),
    )


def examine_topics(access: KafkaAccess, declared: Sequence[TopicSpec]) -> tuple[Finding, ...]:
    """The topics of a running cluster against their declaration. Blocking."""
    actual = actual_topics(access.admin_client(), [topic.name for topic in declared])
    return topics(differences(declared, actual))


def python_version(version: tuple[int, ...]) -> Finding:
    found, wanted = (".".join(map(str, each)) for each in (version, PYTHON_MIN))
    what = Text(f"Python {found}(需要 {wanted} 以上)", f"Python {found} (needs {wanted} or newer)")
    return _finding(
        version >= PYTHON_MIN,
        what,
        Text(
            f"安装 python{wanted} 后重新运行 make", f"install python{wanted}, then run make again"
        ),
    )


def disk_space(place: Path, free_bytes: int) -> Finding:
    free, wanted = free_bytes >> 20, FREE_BYTES_MIN >> 20
    return _finding(
        free_bytes >= FREE_BYTES_MIN,
        Text(f"{place} 剩余空间 {free} MiB", f"{free} MiB free at {place}"),
        Text(
            f"磁盘将满:腾出至少 {wanted} MiB,或用 --home 换到别的磁盘",
            f"nearly full: free at least {wanted} MiB, or choose --home on another disk",
        ),
    )


def jars(damaged: Sequence[str]) -> Finding:
    if not damaged:
        return Finding(ok=True, what=Text("Kafka 的 jar 完好", "Kafka's jars are intact"))
    names = ", ".join(damaged)
    return Finding(
        ok=False,
        what=Text(f"jar 已损坏:{names}", f"damaged jars: {names}"),
        how_to_mend=Text(
            "联网后运行 fengqiao up,会自动重新下载",
            "go online and run `fengqiao up`: fetched again",
        ),
    )


def last_run(is_running: bool, holder: int | None, pids: Mapping[str, int]) -> Finding:
    """The lock of the home and the processes of a run that did not end by itself."""
    if is_running:
        return Finding(ok=True, what=Text(f"正在运行(进程 {holder})", f"running, pid {holder}"))
    if holder is None and not pids:
        return Finding(ok=True, what=Text("上次运行已正常结束", "the last run ended by itself"))
    left = ", ".join(f"{name} (pid {pid})" for name, pid in pids.items())
    return Finding(
        ok=False,
        what=Text(
            f"锁已失效:进程 {holder} 没有正常结束" + (f",遗留 {left}" if left else ""),
            f"stale lock: pid {holder} was killed" + (f", left behind: {left}" if left else ""),
        ),
        how_to_mend=Text(
            "运行 fengqiao up,会先清理再启动,数据不丢",
            "run `fengqiao up`: it cleans up first, no data is lost",
        ),
    )


def ports(kept: Mapping[str, int], holders: Mapping[str, str | None]) -> tuple[Finding, ...]:
    """The home's ports; `holders` names those that are taken, and by whom as far as visible."""
    findings = []
    for name, port in kept.items():
        if name not in holders:
            continue
        holder = holders[name]
        findings.append(
            Finding(
                ok=False,
                what=Text(
                    f"端口 {port}({name})被 {holder or '其他用户的进程'} 占用",
                    f"port {port} ({name}) is taken by {holder or 'a process of another user'}",
                ),
                how_to_mend=Text(
                    "停止该进程,或直接运行 fengqiao up 自动改用空闲端口",
                    "stop that process, or run `fengqiao up`: it chooses a free port",
                ),
            )
        )
    return tuple(findings) or (Finding(ok=True, what=Text("端口可用", "ports are free")),)


def postgres_data(found_major: str | None) -> Finding:
    """`found_major` is the data's version, None for a home that has none yet."""
    return _finding(
        found_major in (None, POSTGRES_MAJOR),
        Text(
            f"PostgreSQL 数据版本 {found_major or '无'}", f"PostgreSQL data {found_major or 'none'}"
        ),
        Text(
            f"本程序使用 PostgreSQL {POSTGRES_MAJOR}:用旧版导出后再导入,或另选 --home",
            f"this is PostgreSQL {POSTGRES_MAJOR}: dump and restore, or another --home",
        ),
    )


def time_zones(has_zone_files: bool) -> Finding:
    """PostgreSQL reads the system's time zones; without them it knows GMT only."""
    return _finding(
        has_zone_files,
        Text("系统时区数据", "the system's time zone data"),
        Text("安装 tzdata:apt-get install tzdata", "install it: apt-get install tzdata"),
    )


def topics(differences_found: Sequence[str]) -> tuple[Finding, ...]:
    """One finding per difference, each with the same cure."""
    mend = Text(
        "主题不会被自动修改:核对声明;本地可换 --home 重来,生产环境按运维手册迁移",
        "never altered by itself: check the declaration; use a new --home, or migrate by runbook",
    )
    found = tuple(
        Finding(
            ok=False,
            what=Text(f"主题与声明不符:{each}", f"topic differs: {each}"),
            how_to_mend=mend,
        )
        for each in differences_found
    )
    return found or (Finding(ok=True, what=Text("主题与声明一致", "topics are as declared")),)


def _finding(ok: bool, what: Text, how_to_mend: Text) -> Finding:
    return Finding(ok, what, None if ok else how_to_mend)
