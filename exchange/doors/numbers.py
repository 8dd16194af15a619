"""Numbers of the outside world on a form: read by a rule of their own, kept in canonical form.

The rules are the law's (`law.numbers`), which the kernel never imports: a form hands in its own.
"""

from collections.abc import Callable
from typing import Protocol

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


class Reading(Protocol):
    """What a text is as a number: its canonical form, or which part is wrong and why."""

    @property
    def canonical(self) -> str | None: ...
    @property
    def problem(self) -> str | None: ...


def number(read: Callable[[str], Reading], code: str, wanted_en: str) -> AfterValidator:
    """Annotates a text as such a number: `Annotated[str, number(read, code, "a ...")]`.

    What does not parse is an error of that `code`, which says what is wrong and never the text.
    """

    def canonical(text: str) -> str:
        reading = read(text)
        if reading.canonical is None:
            raise PydanticCustomError(
                code, "{problem}", {"problem": f"{reading.problem} / not {wanted_en}"}
            )
        return reading.canonical

    return AfterValidator(canonical)
