"""Every module is reached from where the program begins; what nothing reaches is deleted."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from tests.tidy.repository import PACKAGES, nothing_to_mend, python, readable, strings, text, tree

PROGRAM = "fengqiao.cli.main"
LIBRARY = "fengqiao.client."
"""What agencies and integrators import, each module by itself."""

FOR_TESTS = "exchange.memory"
"""The ports in memory exist for tests and simulation: these reach them."""

CLIENT = "fengqiao/client/"
KEPT = {
    "exchange.memory.clock.LoopClock": "the memory world's clock under a simulator",
    "law.calendar_page": "a page of the law's command line, whose commands come next",
    "law.calendar_page.calendar_page": "the same",
    "law.divisions": "the same",
    "law.tables.rows_of": "the same",
}
"""What nothing shipped names, and why it stays; no other entry without a reason like these."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

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


def _unnamed(modules: Mapping[str, ast.Module]) -> dict[str, list[Definition]]:
    """The undecorated functions and classes at the top of each module that nothing else names."""
    named: Counter[str] = Counter()
    for module in modules.values():
        named.update(_names(module))
    return {
        path: [
            node
            for node in module.body
            if isinstance(node, (*_FUNCTIONS, ast.ClassDef))
            and (isinstance(node, ast.ClassDef) or not node.decorator_list)
            and named[node.name] == Counter(_names(node))[node.name]
        ]
        for path, module in modules.items()
    }


def _names(node: ast.AST) -> Iterator[str]:
    """Every name that is read below a node, in quoted annotations too; an import reads none."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


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
    dead = _modules().keys() - _reached(_beginnings(), imports) - KEPT.keys()
    nothing_to_mend(
        (f"{_modules()[name]}:1 nothing that runs imports it" for name in dead),
        "wire it in or delete it; a test alone keeps no module alive",
    )


def test_a_function_that_only_it_and_others_name_would_be_noticed() -> None:
    module = ast.parse("def used(): ...\ndef dead(): dead()\n@app.command\ndef run(): used()")
    assert [node.name for node in _unnamed({"a.py": module})["a.py"]] == ["dead"]


def test_every_function_and_class_is_named_where_it_is_used() -> None:
    nothing_to_mend(
        (
            f"{path}:{node.lineno} {node.name} is named nowhere else in what is shipped"
            for path, nodes in _unnamed({p: tree(p) for p in python(*PACKAGES)}).items()
            for node in nodes
            if f"{_name(path)}.{node.name}" not in KEPT and not path.startswith(CLIENT)
        ),
        "use it or delete it; what a test alone needs stands in the tests",
    )


def test_what_is_kept_is_still_there() -> None:
    there = {
        f"{_name(path)}.{node.name}"
        for path in python(*PACKAGES)
        for node in tree(path).body
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef))
    }
    assert KEPT.keys() <= there | _modules().keys()


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
