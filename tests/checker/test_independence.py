"""The checker shares no line with what it checks, and its own layouts are the documented ones."""

import ast
from pathlib import Path

import pytest

from tests.checker.hashing import GENESIS, entry_hash, partition_of

HERE = Path(__file__).parent
READERS = frozenset({"reading.py", "reading_engines.py"})
CHECKED = frozenset({"exchange", "services", "law", "fengqiao", "sandbox"})
ALLOWED = frozenset({"cryptography", "tests"})


def imported(file: Path) -> set[str]:
    """The first names of all modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("file", sorted(HERE.glob("*.py")), ids=lambda file: file.name)
def test_it_imports_nothing_of_the_exchange(file: Path) -> None:
    names = imported(file)
    if file.name in READERS:
        assert any(name.startswith("exchange.") for name in names)
        return
    assert not {name for name in names if name.partition(".")[0] in CHECKED}
    if not file.name.startswith("test_"):
        from_tests = {name for name in names if name.startswith("tests.")}
        assert all(name.startswith("tests.checker.") for name in from_tests)
        assert not any(name.startswith("tests.checker.reading") for name in from_tests)


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
    ],
)
def test_a_key_lies_where_kafka_puts_it(key: bytes, murmur2: int) -> None:
    """The values of Kafka's own UtilsTest.testMurmur2, made positive as its partitioner does."""
    assert partition_of(key, 2**31) == murmur2 & 0x7FFFFFFF


def test_every_part_of_an_entry_counts() -> None:
    whole = (GENESIS, "id", "type", "code", 1, "time", b"value")
    first = entry_hash(*whole)
    others = [
        entry_hash(b"\1" * 32, *whole[1:]),
        entry_hash(*whole[:1], "ID", *whole[2:]),
        entry_hash(*whole[:2], "TYPE", *whole[3:]),
        entry_hash(*whole[:3], "CODE", *whole[4:]),
        entry_hash(*whole[:4], 2, *whole[5:]),
        entry_hash(*whole[:5], "TIME", whole[6]),
        entry_hash(*whole[:6], b"VALUE"),
    ]
    assert len({first, *others}) == 8
