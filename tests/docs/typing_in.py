"""A reader at a shell: types a page's commands in their order and stops at the first that fails."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from exchange.local.home import Home
from tests.docs.pages import ROOT

PAGE_TIMEOUT_S = 240.0


def addresses(urls: Mapping[str, str], home: Home) -> dict[str, str]:
    """What the pages tell a reader to put into variables."""
    return {
        "DIRECTORY": urls["directory"],
        "INTAKE": urls["intake"],
        "ROUTING": urls["routing"],
        "POLICE": urls["police_link"],
        "MEDIATION": urls["mediation"],
        "COURT": urls["court_link"],
        "CONNECT": str(ROOT / "docs/connect"),
        "STATE": str(home.directory),
        **at_a_shell(),
    }


def at_a_shell() -> dict[str, str]:
    """An activated `.venv`, a wide screen."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
    }


async def typed(
    lines: list[str], environment: Mapping[str, str], place: Path, screen: Path
) -> tuple[str, int | None]:
    """Type the lines into one shell in the folder `place`; what it printed, its exit code."""
    with screen.open("wb+") as shown:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-exc", "\n".join(lines)),
            cwd=place,
            env=environment,
            stdout=shown,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(PAGE_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        shown.seek(0)
        return shown.read().decode(), process.returncode
