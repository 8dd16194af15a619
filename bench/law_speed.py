"""How fast the law answers: `python -m bench.law_speed`, the best of several runs of each figure.

One process, no Kafka, no Postgres. What is pure is measured in the processor's time, which other
work on the machine disturbs less; the whole command by the clock on the wall. Figures go into
bench/RESULTS.md by hand.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

RUNS = 7
CLOCKS = 20_000
LOOKUPS = 2_000
START = date(2026, 1, 5)

_LOADED_FRESH = """
import time
import law{more}
start = time.process_time()
{load}
print(time.process_time() - start)
"""


def main() -> None:
    """Print each figure beside its target."""
    rows = (
        ("clocks/s", clocks_per_s(), "≥ 50,000"),
        ("all tables, ms", fresh_ms("", "law.load()"), "≤ 150"),
        ("divisions, ms", fresh_ms(".divisions", "law.divisions.load()"), "≤ 100"),
        ("a code, ms", lookup_ms("330803112213"), "≤ 1"),
        ("a name, ms", lookup_ms("廿里镇"), "≤ 1"),
        ("fengqiao law due, ms", command_ms(), "≤ 400"),
    )
    for name, value, target in rows:
        sys.stdout.write(f"{name:22} {value:>12,.3f}   {target}\n")


def clocks_per_s() -> float:
    """Due dates of a limit that rolls, one start a day over 200 days."""
    import law

    rule = law.load().clock("police.case", region="330803", started_on=START)
    assert rule is not None
    starts = [START + timedelta(days=n % 200) for n in range(CLOCKS)]
    return CLOCKS / best(lambda: [rule.due(start) for start in starts])


def fresh_ms(more: str, load: str) -> float:
    """Loading in a process that has loaded nothing; imports not counted."""
    code = _LOADED_FRESH.format(more=more, load=load)
    command = [sys.executable, "-c", code]
    runs = [subprocess.check_output(command) for _ in range(RUNS)]  # noqa: S603  this interpreter
    return min(map(float, runs)) * 1000


def lookup_ms(text: str) -> float:
    """A division found by its code or its name."""
    from law import divisions

    nation = divisions.load()
    find: Callable[[str], object] = nation.named if text.isdigit() else nation.find
    return best(lambda: [find(text) for _ in range(LOOKUPS)]) * 1000 / LOOKUPS


def command_ms() -> float:
    """The whole command, from the shell to its exit."""
    command = ["fengqiao", "law", "due", "police.case", "--from", str(START), "--json"]
    walls = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.check_output(command)  # noqa: S603  our own command
        walls.append(time.perf_counter() - start)
    return min(walls) * 1000


def best(work: Callable[[], object]) -> float:
    """The processor's seconds in the quickest of RUNS, the one least disturbed."""
    return min(_seconds(work) for _ in range(RUNS))


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
