"""The messages of judicial confirmation: keys and words as on the court's forms, English too.

The JSON Schemas beside this file are generated from these models; a test holds them current.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from exchange.contracts.model import Form
from exchange.doors.forms import FILES_MAX, Day, FileGiven
from exchange.doors.numbers import number
from exchange.doors.words import Words
from law import numbers
from services.court_link.schemas.words import (
    DISMISSAL_GROUNDS,
    REFUSAL_GROUNDS,
    RESULTS,
    DismissalGround,
    RefusalGround,
    Result,
)

PLACES_MAX = 20


CourtCase = Annotated[
    str,
    StringConstraints(max_length=80),
    number(numbers.court_case, "bad_court_case", "a court's case number"),
]
Code = Annotated[str, StringConstraints(min_length=3, max_length=64)]
Place = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}([0-9]{6})?$")]


class ConfirmationForm(Form):
    """司法确认申请, handed in by the committee for both parties (代为提交).

    `grounds` states which grounds of 民诉解释 355 apply; an empty list says that none does.
    """

    dispute_code: Code = Field(alias="案码")
    court: Code = Field(alias="申请法院")
    applied_on: Day = Field(alias="申请日期")
    jointly: bool = Field(alias="双方共同申请")
    agreement: FileGiven | None = Field(None, alias="调解协议书")
    application: FileGiven | None = Field(None, alias="申请书")
    mediation_proof: FileGiven | None = Field(None, alias="主持调解证明")
    identity_proofs: tuple[FileGiven, ...] = Field((), alias="身份证明", max_length=FILES_MAX)
    other_files: tuple[FileGiven, ...] = Field((), alias="其他材料", max_length=FILES_MAX)
    domiciles: tuple[Place, ...] = Field((), alias="当事人住所地", max_length=PLACES_MAX)
    subject_place: Place | None = Field(None, alias="标的物所在地")
    grounds: tuple[Annotated[RefusalGround, Words(REFUSAL_GROUNDS)], ...] = Field(
        alias="不予受理情形", max_length=len(REFUSAL_GROUNDS)
    )


class AcceptForm(Form):
    """立案."""

    accepted_on: Day = Field(alias="立案日期")
    case_number: CourtCase = Field(alias="案号")


class RefuseForm(Form):
    """不予受理: on one of the grounds of 民诉解释 355, and on no other."""

    ground: Annotated[RefusalGround, Words(REFUSAL_GROUNDS)] = Field(alias="不予受理情形")


class RuleForm(Form):
    """裁定: valid, or dismissed with the grounds of 民诉解释 358."""

    result: Annotated[Result, Words(RESULTS)] = Field(alias="裁定结果")
    ruled_on: Day = Field(alias="裁定日期")
    both_attended: bool = Field(alias="双方到场")
    grounds: tuple[Annotated[DismissalGround, Words(DISMISSAL_GROUNDS)], ...] = Field(
        (), alias="驳回情形", max_length=len(DISMISSAL_GROUNDS)
    )


FORMS: dict[str, type[Form]] = {
    "confirmation": ConfirmationForm,
    "accept": AcceptForm,
    "refuse": RefuseForm,
    "rule": RuleForm,
}
