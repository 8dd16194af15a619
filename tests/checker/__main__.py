"""Judge a saved run again: `python -m tests.checker DIRECTORY`. Exits with 1 if it is not clean."""

import json
import sys
from pathlib import Path

from tests.checker.check import check
from tests.checker.codec import load

VERDICT = "verdict.json"


def main(directory: Path) -> int:
    """Write `verdict.json` beside the run and print it."""
    history, observation = load(directory)
    verdict = check(history, observation, scenario=directory.resolve().name)
    text = json.dumps(verdict.as_json(), ensure_ascii=False, indent=1)
    (directory / VERDICT).write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
