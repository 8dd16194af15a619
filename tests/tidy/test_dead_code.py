"""Every module is reached from where the program begins; what nothing reaches is deleted."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from tests.tidy.repository import PACKAGES, nothing_to_mend, python, readable, strings, text, tree

PROGRAM = "fengqiao.cli.main"
LIBRARY = "fengqiao.client."
"""What agencies and integrators import, each module by itself."""

FOR_TESTS = "exchange.memory"
"""The ports in memory exist for tests and simulation: these reach them."""

_STARTED = re.compile(r"^if __name__ == \"__main__\":", re.MULTILINE)


@cache
def _modules() -> dict[str, str]:
    """The path of each module by its dotted name."""
    return {_name(path): path for path in python(*PACKAGES)}


def _name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _named_in(module: ast.Module, known: Iterable[str]) -> set[str]:
    """The known modules that a module imports, or names as text to load them."""
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    found |= {str(literal.value) for literal in strings(module)}
    return found & set(known)


def _shown(script: str) -> str:
    """A script as a page beside its folder names it: `connect/signer.py`."""
    return "/".join(script.split("/")[-2:])


def _with_packages(names: Iterable[str]) -> Iterator[str]:
    """A module and the packages around it, which are imported with it."""
    for name in names:
        parts = name.split(".")
        yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _reached(beginnings: Iterable[str], imports: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = set(_with_packages(beginnings))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting |= set(_with_packages(imports.get(name, ())))
    return reached


def _beginnings() -> Iterator[str]:
    yield PROGRAM
    for name, path in _modules().items():
        is_public = name.startswith(LIBRARY) or re.fullmatch(r"services\.\w+\.service", name)
        if is_public or name.endswith("__main__") or _STARTED.search(text(path)):
            yield name
    for path in python("tests"):
        yield from (n for n in _named_in(tree(path), _modules()) if n.startswith(FOR_TESTS))


def test_a_module_that_nothing_reaches_would_be_noticed() -> None:
    imports = {"a.start": {"a.used"}, "a.used": {"a.deeper"}, "a.dead": {"a.used"}}
    assert _reached(["a.start"], imports) == {"a", "a.start", "a.used", "a.deeper"}


def test_every_module_is_reached() -> None:
    imports = {name: _named_in(tree(path), _modules()) for name, path in _modules().items()}
    dead = _modules().keys() - _reached(_beginnings(), imports)
    nothing_to_mend(
        (f"{_modules()[name]}:1 nothing that runs imports it" for name in dead),
        "wire it in or delete it; a test alone keeps no module alive",
    )


def test_every_script_is_named_where_it_is_used() -> None:
    scripts = list(python("deploy", "docs"))
    nothing_to_mend(
        (
            f"{script}:1 no file names it"
            for script in scripts
            if not any(_shown(script) in source for path, source in readable() if path != script)
        ),
        "name it in the Makefile, a page or a test, or delete it",
    )


def test_what_tests_share_is_used_by_a_test() -> None:
    shared = {
        _name(path): path
        for path in python("tests")
        if not re.search(r"(?:^|/)(?:test_\w+|conftest|__init__|__main__)\.py$", path)
    }
    used = {name for path in python("tests") for name in _named_in(tree(path), shared)}
    nothing_to_mend(
        (f"{path}:1 no test imports it" for name, path in shared.items() if name not in used),
        "delete it",
    )
