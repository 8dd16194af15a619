"""A committee's native messages: keys and words as on its registers, English understood too.

The JSON Schemas beside this file are generated from these models; a test holds them current. No
form has a place for what was said in a session: notes stay with the committee.
"""

from typing import Annotated

from pydantic import Field

from exchange.contracts.model import Form
from exchange.contracts.vocabulary import AgreementForm, DeclineReason, FailReason
from exchange.doors.forms import FILES_MAX, Day, FileGiven
from exchange.doors.words import Words
from services.mediation.schemas.words import (
    AGREEMENT_FORMS,
    DECLINE_REASONS,
    FAIL_REASONS,
    OUTCOMES,
    Outcome,
)

MEDIATORS_MAX = 9
SESSIONS_MAX = 100
INSTALMENTS_MAX = 120

Number = Annotated[int, Field(ge=1, le=INSTALMENTS_MAX)]


class AcceptForm(Form):
    """受理登记. `no_conflict`: the mediators declared that they need not recuse themselves."""

    accepted_on: Day = Field(alias="受理日期")
    mediators: int = Field(1, alias="调解员人数", ge=1, le=MEDIATORS_MAX)
    no_conflict: bool = Field(alias="无回避情形声明")


class DeclineForm(Form):
    """不予受理. `reported_to_police` is asked where the reason is danger (人民调解法 25)."""

    reason: Annotated[DeclineReason, Words(DECLINE_REASONS)] = Field(alias="理由")
    reported_to_police: bool = Field(False, alias="已报告公安机关")


class StartForm(Form):
    """调解记录, its head only: the session's number and who came."""

    session: int = Field(alias="调解次数", ge=1, le=SESSIONS_MAX)
    held_on: Day = Field(alias="调解日期")
    both_present: bool = Field(alias="双方到场")


class FailForm(Form):
    """调解不成. `routes_notified`: the parties were told of the other routes (人民调解法 26)."""

    reason: Annotated[FailReason, Words(FAIL_REASONS)] = Field(alias="理由")
    routes_notified: bool = Field(alias="已告知其他途径")


class InstalmentForm(Form):
    """One instalment of the performance. Amounts stay on the paper."""

    number: Number = Field(alias="期次")
    due_on: Day = Field(alias="履行期限")


class AgreeForm(Form):
    """调解协议. What the paper bears where it is written; that it was recorded where it is oral."""

    form: Annotated[AgreementForm, Words(AGREEMENT_FORMS)] = Field(alias="协议形式")
    agreed_on: Day = Field(alias="达成日期")
    parties_signed: bool = Field(False, alias="当事人签名盖章或者按指印")
    mediator_signed: bool = Field(False, alias="调解员签名")
    committee_sealed: bool = Field(False, alias="加盖调解委员会印章")
    recorded: bool = Field(False, alias="已记录协议内容")
    files: tuple[FileGiven, ...] = Field((), alias="协议书", max_length=FILES_MAX)
    instalments: tuple[InstalmentForm, ...] = Field(alias="履行安排", max_length=INSTALMENTS_MAX)


class PerformForm(Form):
    """履行凭证."""

    instalment: Number = Field(alias="期次")
    performed_on: Day = Field(alias="履行日期")
    proof: FileGiven | None = Field(None, alias="履行凭证")


class BreachForm(Form):
    """未履行. `suit_notified`: the parties were told that either may sue (人民调解法 32)."""

    instalment: Number = Field(alias="期次")
    suit_notified: bool = Field(alias="已告知可以起诉")


class CloseForm(Form):
    """办结 by the agency that brought the dispute in, where it has no linkage of its own."""

    outcome: Annotated[Outcome, Words(OUTCOMES)] = Field(alias="办结结果")
    closed_on: Day = Field(alias="办结日期")


FORMS: dict[str, type[Form]] = {
    "accept": AcceptForm,
    "decline": DeclineForm,
    "start": StartForm,
    "fail": FailForm,
    "agree": AgreeForm,
    "perform": PerformForm,
    "breach": BreachForm,
    "close": CloseForm,
}
"""All but `close` are acts on a referral."""
