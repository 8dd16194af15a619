"""What an agency asks the story to become: one event, the act's own facts inside."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from exchange.contracts.events.base import DisputeEvent, Evidence
from exchange.contracts.events.intake import FileRef
from exchange.contracts.model import Contract, Instant, RuleId
from exchange.contracts.vocabulary import ClosingOutcome, DeclineReason, FailReason, Ruling


class Receive(Contract):
    act: Literal["receive"] = "receive"


class Accept(Contract):
    """Acceptance (受理): starts the holder's clock. `accepted_on` is the legal act's day."""

    act: Literal["accept"] = "accept"
    accepted_on: date
    mediators: int = 1


class Decline(Contract):
    act: Literal["decline"] = "decline"
    reason: DeclineReason
    gate: RuleId | None = None


class Start(Contract):
    act: Literal["start"] = "start"
    session: int = 1


class Fail(Contract):
    """人民调解法 26: a failure carries the notice of the other routes."""

    act: Literal["fail"] = "fail"
    reason: FailReason
    routes_notified: bool


class Agree(Contract):
    """人民调解法 28–30. `signed_by` lists what the paper bears; an oral one is recorded.

    `due_on` has the day of each instalment, in order; `performance_due_on` is the last of them.
    """

    act: Literal["agree"] = "agree"
    form: Literal["written", "oral"]
    agreed_on: date
    files: tuple[FileRef, ...] = ()
    signed_by: tuple[Literal["parties", "mediator", "committee"], ...] = ()
    instalments: int = 1
    due_on: tuple[date, ...] = ()
    performance_due_on: date | None = None


class Perform(Contract):
    act: Literal["perform"] = "perform"
    instalment: int
    proof: FileRef | None = None


class Breach(Contract):
    act: Literal["breach"] = "breach"
    instalment: int


class ApplyConfirmation(Contract):
    """民事诉讼法 205: both parties together, within 30 days, to the competent court."""

    act: Literal["apply_confirmation"] = "apply_confirmation"
    court: str
    applied_on: date
    package: tuple[FileRef, ...]
    gates_passed: tuple[RuleId, ...] = ()


class Rule(Contract):
    """民事诉讼法 206: valid or dismissed; `refused` where 民诉解释 355 forbids acceptance."""

    act: Literal["rule"] = "rule"
    ruling: Ruling
    ruled_on: date
    grounds: tuple[RuleId, ...] = ()


class ApplyClosing(Contract):
    """治安管理处罚法 9Ⅳ, 程序规定 186: both parties apply in writing.

    `further` holds the other papers where each party wrote an application of its own.
    """

    act: Literal["apply_closing"] = "apply_closing"
    applied_on: date
    applicants: int
    application: FileRef | None = None
    further: tuple[FileRef, ...] = ()


class Close(Contract):
    act: Literal["close"] = "close"
    outcome: ClosingOutcome
    approved: bool
    gates_passed: tuple[RuleId, ...] = ()


Facts = Annotated[
    Receive
    | Accept
    | Decline
    | Start
    | Fail
    | Agree
    | Perform
    | Breach
    | ApplyConfirmation
    | Rule
    | ApplyClosing
    | Close,
    Field(discriminator="act"),
]


class ProposalMadeV1(DisputeEvent):
    """One act proposed by one agency.

    `basis` is the canonical sequence that its author saw, `number` the producer's own count per
    dispute, `received_at` machine time and `legal_at` legal time of the receipt at the door.
    """

    type: ClassVar[str] = "proposal.made"

    proposal_id: str
    referral_id: str | None = None
    basis: int
    number: int
    received_at: Instant
    facts: Facts
    evidence: Evidence | None = None
