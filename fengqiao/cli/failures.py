"""From an error to what the user reads and the exit code: in one place, last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from exchange.local.child import ChildFailed
from exchange.local.home import HomeInUse, NoFreePort
from exchange.local.jars import JarUnavailable
from fengqiao.cli.declared import UnknownService
from fengqiao.cli.legal_time import BadSpan
from fengqiao.cli.operator import NotRunning
from fengqiao.client.errors import AnswerUntrusted, CallRefused, ExchangeUnavailable

FAILED, INVALID, MISSING, CONFLICT, UNREACHABLE = 1, 3, 4, 5, 6

CODES: dict[type[Exception], int] = {
    UnknownService: MISSING,
    BadSpan: INVALID,
    NotRunning: UNREACHABLE,
    ExchangeUnavailable: UNREACHABLE,
    AnswerUntrusted: FAILED,
    HomeInUse: CONFLICT,
    NoFreePort: FAILED,
    JarUnavailable: UNREACHABLE,
    ChildFailed: FAILED,
}
STATUSES = {404: MISSING, 409: CONFLICT, 400: INVALID, 422: INVALID}


@contextmanager
def told_plainly(say: Callable[[str], None]) -> Iterator[None]:
    """Turn an error into a sentence on stderr and an exit code; a defect keeps its trace."""
    try:
        yield
    except CallRefused as refused:
        say(f"✗ {refused.problem.get('title', refused)}")
        for wrong in refused.problem.get("errors", ()):
            say(f"  {wrong['pointer']}: {wrong['title']}")
        if trace_id := refused.problem.get("trace_id"):
            say(f"  追踪号 / trace id {trace_id}")
        raise typer.Exit(STATUSES.get(refused.status, FAILED)) from refused
    except tuple(CODES) as error:
        say(f"✗ {error}")
        code = next(code for kind, code in CODES.items() if isinstance(error, kind))
        raise typer.Exit(code) from error
