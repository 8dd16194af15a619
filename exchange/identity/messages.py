"""HTTP messages in the shape that the signature library reads: lines in order, repeats kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
"""A mapping (its `items()` may repeat a name, as Starlette's do) or the lines themselves."""


class HeaderLines:
    """Header lines in wire order; names compare without case."""

    def __init__(self, headers: Headers) -> None:
        lines = headers.items() if isinstance(headers, Mapping) else headers
        self._lines = [(name, value) for name, value in lines]

    def items(self) -> Iterable[tuple[str, str]]:
        return tuple(self._lines)

    def all(self, name: str) -> list[str]:
        return [value for own, value in self._lines if own.lower() == name.lower()]

    def without(self, names: Iterable[str]) -> "HeaderLines":
        dropped = {name.lower() for name in names}
        return HeaderLines((n, v) for n, v in self._lines if n.lower() not in dropped)

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._lines])

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def __setitem__(self, name: str, value: str) -> None:
        self._lines = [*self.without([name]).items(), (name, value)]

    def __delitem__(self, name: str) -> None:
        self._lines = list(self.without([name]).items())


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """A request: `method` in upper case, `url` absolute and percent-encoded as sent."""

    method: str
    url: str
    headers: HeaderLines


@dataclass(frozen=True, slots=True)
class ResponseMessage:
    """An answer, and the request that it answers where that is known."""

    status_code: int
    headers: HeaderLines
    request: RequestMessage | None
