"""Functions, files and lines that a reader can hold: a ratchet, never loosened."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.repository import FunctionDef, files, nothing_to_mend, python, text, tree

FUNCTION_LINES_MAX = 50
FILE_LINES_MAX = 400
COLUMNS_MAX = 100

_PRAGMA = re.compile(r"\s*#\s*(?:noqa|type:\s*ignore|pragma)\b.*$")

LONGER_FUNCTIONS: dict[str, int] = {}
"""`path:name` of a longer function and its lines, at most 60; entries only leave this list."""


def _functions(module: ast.Module) -> Iterator[FunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, FunctionDef):
            yield node


def _own_lines(function: FunctionDef) -> int:
    """Its lines without those of the functions inside, which are measured by themselves."""
    inner = (
        node
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, FunctionDef)
    )
    outermost: list[tuple[int, int]] = []
    for node in sorted(inner, key=lambda n: n.lineno):
        if not outermost or node.lineno > outermost[-1][1]:
            outermost.append((node.lineno, node.end_lineno or node.lineno))
    end = function.end_lineno or function.lineno
    return end - function.lineno + 1 - sum(last - first + 1 for first, last in outermost)


def _long_functions(path: str, module: ast.Module) -> Iterator[str]:
    for function in _functions(module):
        lines = _own_lines(function)
        if lines > LONGER_FUNCTIONS.get(f"{path}:{function.name}", FUNCTION_LINES_MAX):
            yield f"{path}:{function.lineno} {function.name} has {lines} lines"


def _wide_lines(path: str, source: str) -> Iterator[str]:
    """A line of one word cannot be broken; a checker's pragma does not count."""
    for number, line in enumerate(source.splitlines(), 1):
        width = len(_PRAGMA.sub("", line))
        if width > COLUMNS_MAX and len(line.split()) > 1:
            yield f"{path}:{number} has {width} columns"


def test_a_long_function_and_a_wide_line_would_be_noticed() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_LINES_MAX))
    long = f"def far():\n    def near():\n        return 1\n{body}\n    y = 2\n"
    assert list(_long_functions("a.py", ast.parse(long))) == ["a.py:1 far has 52 lines"]
    assert list(_wide_lines("a.py", "x " * 50 + "x")) == ["a.py:1 has 101 columns"]


def test_no_function_is_too_long_to_read_at_a_glance() -> None:
    nothing_to_mend(
        (found for path in python() for found in _long_functions(path, tree(path))),
        f"a function has at most {FUNCTION_LINES_MAX} lines: give its steps names",
    )


def test_no_exception_outlives_its_function() -> None:
    still = {
        f"{path}:{function.name}"
        for path in python()
        for function in _functions(tree(path))
        if _own_lines(function) > FUNCTION_LINES_MAX
    }
    nothing_to_mend(LONGER_FUNCTIONS.keys() - still, "take it out of LONGER_FUNCTIONS")


def test_no_file_is_too_long_to_have_one_idea() -> None:
    nothing_to_mend(
        (
            f"{path}:1 has {lines} lines"
            for path in python()
            if (lines := len(text(path).splitlines())) > FILE_LINES_MAX
        ),
        f"a file has at most {FILE_LINES_MAX} lines and one idea: split it by idea",
    )


def test_no_line_is_too_wide() -> None:
    code = (path for path in files() if path.endswith((".py", ".sql", ".java")))
    nothing_to_mend(
        (found for path in code for found in _wide_lines(path, text(path))),
        f"a line has at most {COLUMNS_MAX} columns",
    )
