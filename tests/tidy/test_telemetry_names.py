"""Every name that leaves a process stands in names.py or metrics.py, and in docs/telemetry.md."""

import ast
import re
from collections.abc import Iterator
from typing import get_args

import pytest

from exchange.chassis.metrics import Metrics
from exchange.chassis.names import AlarmKind
from fengqiao.cli.telemetry_page import attributes
from tests.tidy.repository import (
    PACKAGES,
    files,
    nothing_to_mend,
    python,
    readable,
    strings,
    text,
    tree,
)

REGISTRIES = ("exchange/chassis/names.py", "exchange/chassis/metrics.py")
STANDARD = ("http.", "service.", "messaging.", "db.")
"""Attributes of OpenTelemetry's own conventions."""

_ATTRIBUTE = re.compile(r"fengqiao\.[a-z_]+")
_METRIC = re.compile(r"\bfengqiao_[a-z]+(?:_[a-z]+)+\b")
_SUFFIX = re.compile(r"_(?:bucket|count|sum|created)$")


def _metrics() -> set[str]:
    return {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in Metrics("any").registry.collect()
    }


def _strange_names(path: str, module: ast.Module) -> Iterator[str]:
    """Attributes and metrics written out where they should be taken from the registries."""
    for literal in strings(module):
        name = str(literal.value)
        if _ATTRIBUTE.fullmatch(name) and not _is_module(name):
            yield f"{path}:{literal.lineno} writes out the attribute {name}"
        if _METRIC.fullmatch(name):
            yield f"{path}:{literal.lineno} writes out the metric {name}"


def _strange_attributes(path: str, module: ast.Module) -> Iterator[str]:
    for line, called, name in _calls_with_a_text(module):
        if called == "set_attribute" and not name.startswith(STANDARD):
            yield f"{path}:{line} sets the attribute {name}"


def _strange_alarms(path: str, module: ast.Module) -> Iterator[str]:
    """`Alarm("kind", ...)` and `.alarm("kind", ...)` with a kind that is not declared."""
    for line, called, kind in _calls_with_a_text(module):
        if called in ("Alarm", "alarm") and kind not in get_args(AlarmKind):
            yield f"{path}:{line} raises the alarm {kind}"


def _calls_with_a_text(module: ast.Module) -> Iterator[tuple[int, str, str]]:
    """The line, the callee's last name and the first argument where that is a literal text."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func).rpartition(".")[2]
            yield node.lineno, called, str(node.args[0].value)


def _is_module(name: str) -> bool:
    path = name.replace(".", "/")
    return any(file.startswith((f"{path}.py", f"{path}/")) for file in files())


@pytest.mark.parametrize(
    "source", ['a("fengqiao.colour")', 'a("fengqiao_colours_total")', 'b.set_attribute("c", 1)']
)
def test_a_name_of_no_registry_would_be_noticed(source: str) -> None:
    module = ast.parse(source)
    assert [*_strange_names("a.py", module), *_strange_attributes("a.py", module)]


def test_an_alarm_that_is_not_declared_would_be_noticed() -> None:
    source = 'story.alarm("no_agency", "")\nAlarm("no_such_alarm", "")\n'
    assert list(_strange_alarms("a.py", ast.parse(source))) == [
        "a.py:2 raises the alarm no_such_alarm"
    ]


def test_span_attributes_and_metrics_are_taken_from_their_registries() -> None:
    others = [path for path in python(*PACKAGES) if path not in REGISTRIES]
    nothing_to_mend(
        (
            found
            for path in others
            for check in (_strange_names, _strange_attributes)
            for found in check(path, tree(path))
        ),
        f"put the name into {' or '.join(REGISTRIES)} and use it from there",
    )


def test_every_alarm_that_is_raised_is_declared() -> None:
    nothing_to_mend(
        (found for path in python(*PACKAGES) for found in _strange_alarms(path, tree(path))),
        "add the kind to AlarmKind in exchange/chassis/names.py, and its runbook",
    )


def test_every_metric_that_a_page_or_a_panel_names_exists() -> None:
    known = _metrics()
    shown = (path for path, _ in readable() if path.startswith(("docs/", "deploy/", "README")))
    nothing_to_mend(
        (
            f"{path}:{number} names {name}"
            for path in shown
            for number, line in enumerate(text(path).splitlines(), 1)
            for name in _METRIC.findall(line)
            if _SUFFIX.sub("", name) not in known
        ),
        "name a metric of exchange/chassis/metrics.py",
    )


def test_every_name_is_documented() -> None:
    page = text("docs/telemetry.md")
    names = (*_metrics(), *attributes(), *get_args(AlarmKind))
    nothing_to_mend(
        (f"docs/telemetry.md:1 lacks {name}" for name in names if f"`{name}`" not in page),
        "run `fengqiao contracts write`",
    )


def test_every_alarm_has_a_runbook() -> None:
    runbooks = "".join(text(path) for path in files() if path.startswith("docs/runbooks/"))
    nothing_to_mend(
        (
            f"docs/runbooks:1 lacks {alarm}"
            for alarm in get_args(AlarmKind)
            if alarm not in runbooks
        ),
        "write what an operator does about it",
    )
