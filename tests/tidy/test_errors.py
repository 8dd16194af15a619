"""Nothing is swallowed, and whoever silences a checker says why on the same line."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.tidy.repository import LIBRARY, nothing_to_mend, python, text, tree

BROAD = frozenset({"Exception", "BaseException"})

_SILENCED = re.compile(
    r"#\s*(?:noqa|type:\s*ignore)(?P<codes>[:\[]\s*[a-zA-Z0-9-]+(?:,\s*[A-Z]+[0-9]+)*\]?)?(?P<why>.*)"
)
_REASON = re.compile(r"[A-Za-z\u4e00-\u9fff]{2}")


def _names(kind: ast.expr | None) -> set[str]:
    """The exception classes that a handler or a suppress names."""
    if kind is None:
        return {"BaseException"}
    parts = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return {ast.unparse(part).rpartition(".")[2] for part in parts}


def _swallowed(path: str, module: ast.Module, lines: list[str]) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler):
            if all(_says_nothing(statement) for statement in node.body):
                yield f"{path}:{node.lineno} an error is swallowed"
            elif _names(node.type) & BROAD and not _is_owned(node, lines[node.lineno - 1]):
                yield f"{path}:{node.lineno} a broad except that neither raises, logs nor says why"
        elif isinstance(node, ast.Call) and _suppresses_all(node):
            yield f"{path}:{node.lineno} every error is suppressed"


def _suppresses_all(call: ast.Call) -> bool:
    """`contextlib.suppress(Exception)`."""
    named = [name for argument in call.args for name in _names(argument)]
    return ast.unparse(call.func).endswith("suppress") and not BROAD.isdisjoint(named)


def _says_nothing(statement: ast.stmt) -> bool:
    is_ellipsis = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return isinstance(statement, (ast.Pass, ast.Continue)) or is_ellipsis


def _is_owned(handler: ast.ExceptHandler, line: str) -> bool:
    """It raises again, logs the error whole, or stands under a noqa with its reason."""
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    raises = any(isinstance(node, ast.Raise) for node in inside)
    logs = any(
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith("log.exception")
        for node in inside
    )
    return raises or logs or "noqa: BLE001" in line


def _unexplained(path: str, source: str) -> Iterator[str]:
    for number, line in enumerate(source.splitlines(), 1):
        silenced = _SILENCED.search(line)
        if silenced is None:
            continue
        if not silenced["codes"]:
            yield f"{path}:{number} silences every rule"
        elif not _REASON.search(silenced["why"]):
            yield f"{path}:{number} silences a rule without a reason"


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    a()\nexcept ValueError:\n    pass\n",
        "for x in y:\n    try:\n        a()\n    except ValueError:\n        continue\n",
        "try:\n    a()\nexcept:\n    b()\n",
        "try:\n    a()\nexcept (OSError, Exception):\n    b()\n",
        "with contextlib.suppress(Exception):\n    a()\n",
    ],
)
def test_a_swallowed_error_would_be_noticed(source: str) -> None:
    assert len(list(_swallowed("a.py", ast.parse(source), source.splitlines()))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    a()\nexcept Exception:\n    raise B()\n",
        "try:\n    a()\nexcept Exception:\n    log.exception('a')\n    b()\n",
        "try:\n    a()\nexcept ValueError:\n    b()\n",
    ],
)
def test_an_error_that_is_dealt_with_is_no_complaint(source: str) -> None:
    assert not list(_swallowed("a.py", ast.parse(source), source.splitlines()))


def test_a_silenced_rule_without_a_reason_would_be_noticed() -> None:
    bare = ["x = 1  # noq" + "a", "x = 1  # noq" + "a: S311", "x = 1  # type: ignor" + "e[attr]"]
    assert [len(list(_unexplained("a.py", line))) for line in bare] == [1, 1, 1]
    explained = "x = 1  # noq" + "a: S311, S101 a seeded draw is wanted"
    assert not list(_unexplained("a.py", explained))


def test_no_error_is_swallowed() -> None:
    nothing_to_mend(
        (
            found
            for path in python("fengqiao", *LIBRARY, "deploy")
            for found in _swallowed(path, tree(path), text(path).splitlines())
        ),
        "handle the named error, or let it go up; nothing is passed over in silence",
    )


def test_a_silenced_rule_has_its_reason_beside_it() -> None:
    nothing_to_mend(
        (found for path in python() for found in _unexplained(path, text(path))),
        "name the rule and the reason on the same line, or mend what it complains of",
    )


def test_libraries_do_not_print() -> None:
    nothing_to_mend(
        (
            f"{path}:{node.lineno} prints"
            for path in python(*LIBRARY)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ),
        "log with ids, or write through fengqiao.cli.console",
    )
