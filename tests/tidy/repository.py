"""The repository as the tidy tests read it: its files, their syntax trees, and one way to complain.

A complaint is `path:line what is wrong`; each test ends with how to mend it.
"""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("fengqiao", "law", "exchange", "services", "sandbox")
LIBRARY = ("law", "exchange", "services", "sandbox", "fengqiao/client")

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[str, ...]:
    """Every file that is or will be in git, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(sorted(f for f in listed.split("\0") if f and (ROOT / f).is_file()))


def python(*folders: str) -> Iterator[str]:
    """The Python files, of those folders alone where any are named."""
    for path in files():
        if path.endswith(".py") and (not folders or path.startswith(tuple(_closed(folders)))):
            yield path


@cache
def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(text(path), path)


def readable() -> Iterator[tuple[str, str]]:
    """Every text file with its text."""
    for path in files():
        try:
            yield path, text(path)
        except UnicodeDecodeError:
            continue


def strings(module: ast.Module) -> Iterator[ast.Constant]:
    """The string literals of a module, docstrings aside."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(module) if isinstance(node, ast.Constant))
    for constant in constants:
        if isinstance(constant.value, str) and id(constant) not in documentation:
            yield constant


def nothing_to_mend(complaints: Iterable[str], how: str) -> None:
    """Fail with all complaints, one a line, and how to mend them."""
    found = sorted(complaints)
    assert not found, "\n" + "\n".join(found) + f"\n→ {how}"


def _closed(folders: Iterable[str]) -> Iterator[str]:
    return (f"{folder}/" for folder in folders)
