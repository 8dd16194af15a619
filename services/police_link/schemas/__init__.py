"""The police's native messages: keys and words as on the printed form, English understood too.

The JSON Schemas beside this file are generated from these models; a test holds them current.
Values are judged here; what needs the day, the directory or the law is judged by the decider.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

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
from exchange.doors.forms import FILES_MAX, Day, FileGiven, Moment, OwnNumber
from exchange.doors.matters import KINDS, URGENCIES, Narrative, PlaceForm
from exchange.doors.words import Words
from law import numbers
from services.police_link.schemas.words import (
    CAUSES,
    CIRCUMSTANCES,
    CLASSES,
    CONDUCTS,
    EXCLUSIONS,
    MODES,
    OUTCOMES,
    ROLES,
    Cause,
    Circumstances,
    Conduct,
    Exclusion,
    Outcome,
    PoliceClass,
    PoliceMode,
    Role,
)

CitizenId = Annotated[CitizenIdText, citizen_id(numbers.citizen_id)]
StationCode = Annotated[str, StringConstraints(min_length=3, max_length=64)]
Ordinal = Annotated[int, Field(ge=1, le=PARTIES_MAX)]
"""A party's place in the list of parties, from 1."""


class PartyForm(Form):
    """当事人. The identity number or the birth date must be given: the law asks for the age."""

    name: Name = Field(alias="姓名")
    role: Annotated[Role, Words(ROLES)] = Field(alias="身份")
    id_number: CitizenId | None = Field(None, alias="公民身份号码")
    born_on: Day | None = Field(None, alias="出生日期")
    phone: Phone | None = Field(None, alias="电话")
    address: Address | None = Field(None, alias="住址")
    guardian_notified: bool = Field(False, alias="监护人已通知")
    own_income: bool = Field(False, alias="以自己劳动收入为主要生活来源")


class ConsentForm(Form):
    """调解意愿 of one party, by its ordinal in the list of parties."""

    party: Ordinal = Field(alias="当事人序号")
    agreed: bool = Field(alias="同意")
    on: Day = Field(alias="日期")


class ReferralForm(Form):
    """公调对接移送表.

    `filed_on` (立案时间) starts the police's own clock and belongs to a 治安 case only;
    `informed` says that the parties of any other dispute were told of their ways (程序规定 178).
    """

    own_number: OwnNumber = Field(alias="接警单号")
    reported_at: Moment = Field(alias="报警时间")
    police_class: Annotated[PoliceClass, Words(CLASSES)] = Field(alias="警情类别")
    station: StationCode = Field(alias="派出所代码")
    parties: tuple[PartyForm, ...] = Field(alias="当事人", max_length=PARTIES_MAX)
    scene: PlaceForm = Field(alias="案发地点")
    narrative: Narrative = Field(alias="简要案情")
    handling: Narrative = Field(alias="处置情况")
    kind: Annotated[str, Words(KINDS)] = Field(alias="纠纷类别")
    consents: tuple[ConsentForm, ...] = Field((), alias="双方调解意愿", max_length=PARTIES_MAX)
    filed_on: Day | None = Field(None, alias="立案时间")
    conduct: Annotated[Conduct, Words(CONDUCTS)] | None = Field(None, alias="违法行为")
    circumstances: Annotated[Circumstances, Words(CIRCUMSTANCES)] | None = Field(None, alias="情节")
    cause: Annotated[Cause, Words(CAUSES)] | None = Field(None, alias="纠纷起因")
    excluded: tuple[Annotated[Exclusion, Words(EXCLUSIONS)], ...] = Field(
        (), alias="排除情形", max_length=len(EXCLUSIONS)
    )
    informed: bool = Field(False, alias="已告知救济途径")
    urgency: Annotated[Urgency, Words(URGENCIES)] = Field("ordinary", alias="紧急程度")
    mode: Annotated[PoliceMode, Words(MODES)] | None = Field(None, alias="对接方式")
    receiver: StationCode | None = Field(None, alias="收件机构")
    calls_before: int = Field(0, alias="此前报警次数", ge=0, le=1000)


class ApplyClosingForm(Form):
    """不予处罚申请: who of the parties applied in writing, and the scanned applications."""

    applied_on: Day = Field(alias="申请日期")
    applicants: tuple[Ordinal, ...] = Field(alias="申请人序号", max_length=PARTIES_MAX)
    applications: tuple[FileGiven, ...] = Field(alias="申请书", max_length=FILES_MAX)


class CloseForm(Form):
    """结案. `approved` is 公安机关认可; `decided_before`: a penalty was decided on already."""

    outcome: Annotated[Outcome, Words(OUTCOMES)] = Field(alias="结案结果")
    closed_on: Day = Field(alias="结案日期")
    approved: bool = Field(False, alias="公安机关认可")
    decided_before: bool = Field(False, alias="已作出处理决定")


FORMS: dict[str, type[Form]] = {
    "referral": ReferralForm,
    "apply_closing": ApplyClosingForm,
    "close": CloseForm,
}
