"""How a door says no: every reason at once, each with its article, and what may be done now."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from exchange.chassis.decider import FieldError, Refused
from exchange.chassis.problems import not_valid
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.terms import ACTS, OUTCOMES, said
from exchange.contracts.vocabulary import Act, ClosingOutcome


class Citable(Protocol):
    """A gate of the law, as a refusal quotes it."""

    @property
    def id(self) -> str: ...
    @property
    def message_zh(self) -> str: ...
    @property
    def message_en(self) -> str: ...
    @property
    def citation_zh(self) -> str: ...
    @property
    def citation_en(self) -> str: ...


class LawOfTheDay(Protocol):
    """The gates in force at one place on one day."""

    def gate(self, rule_id: str, /) -> Citable | None: ...


def broken(here: LawOfTheDay, pointer: str, gate_id: str) -> Iterator[FieldError]:
    """The gate as an error at that field; nothing where the law of the day does not have it."""
    gate = here.gate(gate_id)
    if gate is not None:
        yield not_met(pointer, gate)


def not_met(pointer: str, gate: Citable) -> FieldError:
    """A gate that is not met, at the field that shows it. Its code is the gate's rule id."""
    return FieldError(
        pointer,
        gate.id,
        f"{gate.message_zh}（{gate.citation_zh}）",
        f"{gate.message_en} ({gate.citation_en})",
    )


def require(
    errors: Sequence[FieldError],
    *,
    code: str = "not_lawful",
    message_zh: str = "依法还不能这样办理，原因逐条列出",
    message_en: str = "the law does not allow this yet; every reason is listed",
    status: int = 422,
    acts_allowed: Sequence[Act] = (),
) -> None:
    """Raises Refused with all `errors`, unless there are none.

    Where only gates are not met it is `code`, its rule the first gate's; where anything else is
    wrong with the body it is the plain 422 `not_valid`.
    """
    if not errors:
        return
    if not all(_is_gate(error) for error in errors):
        raise not_valid(errors)
    raise Refused(
        code,
        message_zh,
        message_en,
        status=status,
        rule=errors[0].code,
        acts_allowed=acts_allowed,
        errors=errors,
    )


def _is_gate(error: FieldError) -> bool:
    """A rule id has a dot, a plain code has none."""
    return "." in error.code


def not_now(act: Act, allowed: Sequence[Act], *, outcome: ClosingOutcome | None = None) -> Refused:
    """409: the act, or its closing with that outcome, does not fit where the dispute stands."""
    now = "、".join(said(one, ACTS) for one in allowed) or "无"
    as_zh, as_en = (f"，结果为{said(outcome, OUTCOMES)}", f" as {outcome}") if outcome else ("", "")
    return Refused(
        "not_now",
        f"现在不能办理{said(act, ACTS)}{as_zh}；可以办理：{now}",
        f"{act}{as_en} is not possible now; possible: {', '.join(allowed) or 'nothing'}",
        acts_allowed=allowed,
    )


def require_existing(listed: AgencyListedV1 | None) -> None:
    """An abolished agency brings in nothing new. Raises Refused 409 that names its successor."""
    if listed is None or not listed.abolished:
        return
    by = listed.successor
    raise Refused(
        "agency_abolished",
        f"贵单位已撤销，不能再推送或者登记新的纠纷；请由{by or '承接单位'}办理。手头的可以继续办完",
        f"this agency was abolished and brings in nothing new; {by or 'its successor'} may. "
        "What it holds it may finish",
        extra={"successor": by},
    )


def days_in_order(
    pointer: str, day: date, *, today: date, not_before: date | None = None
) -> list[FieldError]:
    """What is wrong with the day of an act: in the future, or before what it follows."""
    errors = []
    if day > today:
        errors.append(
            FieldError(
                pointer, "in_the_future", "日期晚于今天，请核对", "the day lies in the future"
            )
        )
    if not_before is not None and day < not_before:
        errors.append(
            FieldError(
                pointer,
                "out_of_order",
                f"日期早于前一事项的日期（{not_before}），请核对",
                f"the day lies before that of what it follows ({not_before})",
            )
        )
    return errors
