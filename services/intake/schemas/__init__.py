"""The forms of intake's own door: keys and words as on the printed register, English understood.

The JSON Schemas beside this file are generated from these models; a test holds them current.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from exchange.contracts.model import Form
from exchange.contracts.vocabulary import Urgency
from exchange.doors.citizen import (
    PARTIES_MAX,
    Address,
    CitizenIdText,
    Name,
    Phone,
    citizen_id,
)
from exchange.doors.forms import OwnNumber
from exchange.doors.matters import KINDS, URGENCIES, Narrative, PlaceForm
from exchange.doors.words import Words
from law import numbers

WalkIn = Literal["window", "phone", "paper", "grid"]
CHANNELS: Mapping[str, WalkIn] = {
    "窗口": "window",
    "电话": "phone",
    "来信": "paper",
    "纸质": "paper",
    "网格": "grid",
}

Nature = Literal["civil", "accusation", "administrative"]
NATURES: Mapping[str, Nature] = {
    "民间纠纷": "civil",
    "检举控告": "accusation",
    "行政争议": "administrative",
}

RegisterMode = Literal["transfer", "hand_over"]
MODES: Mapping[str, RegisterMode] = {"移送": "transfer", "交办": "hand_over"}

Role = Literal["applicant", "respondent", "other"]
ROLES: Mapping[str, Role] = {"申请人": "applicant", "对方": "respondent", "其他": "other"}

ErasureReason = Literal["retention_ended", "subject_request", "unlawful", "consent_withdrawn"]
ERASURE_REASONS: Mapping[str, ErasureReason] = {
    "保存期限届满": "retention_ended",
    "本人请求": "subject_request",
    "违法处理": "unlawful",
    "撤回同意": "consent_withdrawn",
}
"""个人信息保护法 47."""

_LONG_NUMBER = re.compile(r"(\d[\s\-]?){7,}")


def _no_personal_number(text: str) -> str:
    """What is kept in the register in the clear must not carry a phone or an identity number."""
    if _LONG_NUMBER.search(text):
        raise PydanticCustomError(
            "personal_number",
            "这里只写存放地点，不得写证件号码或者电话 / no identity or phone number here",
        )
    return text


CitizenId = Annotated[CitizenIdText, citizen_id(numbers.citizen_id)]
Shelf = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, strip_whitespace=True),
    AfterValidator(_no_personal_number),
]


class PartyForm(Form):
    """当事人, as far as known."""

    name: Name = Field(alias="姓名")
    role: Annotated[Role, Words(ROLES)] = Field(alias="身份")
    id_number: CitizenId | None = Field(None, alias="公民身份号码")
    phone: Phone | None = Field(None, alias="电话")
    address: Address | None = Field(None, alias="住址")


class RegistrationForm(Form):
    """矛盾纠纷登记表. A sensitive matter (敏感) says kind, division and where its paper lies.

    `distinct` (另案处理) says that it is another dispute than any that looks like it.
    """

    channel: Annotated[WalkIn, Words(CHANNELS)] = Field(alias="来源")
    nature: Annotated[Nature, Words(NATURES)] = Field("civil", alias="事项性质")
    kind: Annotated[str, Words(KINDS)] = Field(alias="纠纷类别")
    place: PlaceForm = Field(alias="地点")
    urgency: Annotated[Urgency, Words(URGENCIES)] = Field("ordinary", alias="紧急程度")
    mode: Annotated[RegisterMode, Words(MODES)] = Field("hand_over", alias="对接方式")
    own_number: OwnNumber | None = Field(None, alias="登记编号")
    parties: tuple[PartyForm, ...] = Field((), alias="当事人", max_length=PARTIES_MAX)
    narrative: Narrative | None = Field(None, alias="案情")
    claims: Narrative | None = Field(None, alias="诉求")
    sensitive: bool = Field(False, alias="敏感")
    paper_at: Shelf | None = Field(None, alias="纸质卷宗存放处")
    distinct: bool = Field(False, alias="另案处理")


class ErasureForm(Form):
    """删除个人信息."""

    reason: Annotated[ErasureReason, Words(ERASURE_REASONS)] = Field(alias="删除依据")


FORMS: dict[str, type[Form]] = {"registration": RegistrationForm, "erasure": ErasureForm}
