"""One way to ask a service, who the actors are, and what each of them is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.security.scene import Actor

POLICE = ("origin", "other_station")
COMMITTEES = ("holder", "former", "centre", "other_committee", "offered", "superior")
ACTORS = (*POLICE, *COMMITTEES, "court", "operator")

Answers = Mapping[Actor, int | None]


def all_answer(status: int, **otherwise: int | None) -> Answers:
    """The same answer to everybody, except to those named."""
    return {**dict.fromkeys(ACTORS, status), **otherwise}


def by_kind(
    *,
    police: int = 403,
    committees: int = 403,
    court: int | None = 403,
    operator: int = 403,
    **one: int | None,
) -> Answers:
    """An answer to each kind of agency, except to those named."""
    kinds: dict[Actor, int | None] = {
        **dict.fromkeys(POLICE, police),
        **dict.fromkeys(COMMITTEES, committees),
    }
    return {**kinds, "court": court, "operator": operator, **one}


@dataclass(frozen=True, slots=True)
class Route:
    """One way to ask: `operation` as the OpenAPI document names it, `target` as it is asked for.

    `body` is a form that would be taken, were it the right moment; a text in it may name what the
    scene knows, as in `target`. `keys` are those of the body that each actor is answered
    with, where what is shown depends on who asks.
    """

    service: str
    operation: str
    target: str
    answers: Answers
    body: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[Actor, frozenset[str]] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return self.operation.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.service}: {self.method} {self.target}"


def route(
    service: str,
    operation: str,
    answers: Answers,
    body: Mapping[str, Any] | None = None,
    *,
    query: str = "",
    keys: Mapping[Actor, frozenset[str]] | None = None,
    **names: str,
) -> Route:
    """A route whose placeholders are those of the scene; `names` puts others in their place."""
    target = operation.partition(" ")[2]
    for placeholder, name in names.items():
        target = target.replace(f"{{{placeholder}}}", name)
    return Route(service, operation, target + query, answers, body or {}, keys or {})
