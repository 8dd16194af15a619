"""From an error to what the user reads and the exit code: in one place, last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from exchange.chassis.failures import Fenced, Transient, Unreachable
from exchange.chassis.ledger_failures import Forked, StillRunning, Unrestorable
from exchange.identity.keys import BadKey
from exchange.local.child import ChildFailed
from exchange.local.declarations import UndeclaredServices
from exchange.local.home import HomeInUse, NoFreePort
from exchange.local.jars import JarUnavailable
from exchange.local.kafka_provision import NotPropagated, TopicsDiffer
from exchange.local.migrations import MigrationFailed, MigrationRefused
from exchange.local.postgres_server import DataOfAnotherMajor
from exchange.local.supervisor import KeepsCrashing
from fengqiao.cli.declared import UnknownService
from fengqiao.cli.legal_time import BadSpan
from fengqiao.cli.operator import NotRunning
from fengqiao.cli.operator_file import BadOperatorFile
from fengqiao.cli.resending import NothingMissing
from fengqiao.client.errors import AnswerUntrusted, CallRefused, ExchangeUnavailable
from services.intake.keys import BadIntakeKey

FAILED, INVALID, MISSING, CONFLICT, UNREACHABLE = 1, 3, 4, 5, 6

CODES: dict[type[Exception], int] = {
    UnknownService: MISSING,
    BadSpan: INVALID,
    NotRunning: UNREACHABLE,
    BadOperatorFile: INVALID,
    NothingMissing: CONFLICT,
    ExchangeUnavailable: UNREACHABLE,
    AnswerUntrusted: FAILED,
    HomeInUse: CONFLICT,
    NoFreePort: FAILED,
    JarUnavailable: UNREACHABLE,
    ChildFailed: FAILED,
    KeepsCrashing: FAILED,
    DataOfAnotherMajor: FAILED,
    MigrationFailed: FAILED,
    MigrationRefused: CONFLICT,
    TopicsDiffer: CONFLICT,
    NotPropagated: UNREACHABLE,
    UndeclaredServices: INVALID,
    BadKey: INVALID,
    BadIntakeKey: INVALID,
    StillRunning: CONFLICT,
    Forked: FAILED,
    Unrestorable: FAILED,
    Unreachable: UNREACHABLE,
    Fenced: CONFLICT,
    Transient: UNREACHABLE,
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
