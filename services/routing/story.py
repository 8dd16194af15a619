"""One decision in the making: events told in order, each with the standing that results.

A `Story` is made for one arrival, told on, and read out once as a Decision. Nothing of it
survives a refusal: the state that it began with is untouched.
"""

from datetime import date, datetime
from typing import Any

from exchange.chassis.decider import Alarm, Decision, Effect, Publish, View
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.events.base import (
    ClockStanding,
    DisputeEvent,
    ReferralEvent,
    ReferralStanding,
    Standing,
)
from exchange.contracts.events.proposals import ProposalMadeV1
from exchange.contracts.events.routing import ReferralReceivedV1
from exchange.contracts.topics import REFERRALS
from law import SHANGHAI, LawInForce, load
from services.routing.state import ANSWERED_MAX, DisputeState, Registration

LOAD = "load:"
SIGNED = ("actor", "evidence_sha256", "request_sha256")
"""What an event keeps of the proposal that it answers: who acted, and by which signed request."""


class Story:
    """The state of one dispute as it changes, and what is told of it.

    `at` is the legal instant of the act that is being answered (`now` where there is none).
    """

    def __init__(
        self,
        state: DisputeState,
        view: View,
        now: datetime,
        proposal: ProposalMadeV1 | None = None,
    ) -> None:
        assert state.standing is not None
        assert state.registration is not None
        self.view, self.now = view, now
        self.at = proposal.legal_at if proposal else now
        self.standing: Standing = state.standing
        self.registration: Registration = state.registration
        self.sequence = state.sequence
        self.expired = state.expired
        self.tallies: dict[str, int] = {}
        self.effects: list[Effect] = []
        self._state, self._proposal = state, proposal
        self._stage_sequence = state.stage_sequence
        self._counted = state.counted

    @property
    def law(self) -> LawInForce:
        """What holds at the dispute's place on the legal day of the act."""
        return load().at(self.standing.place, self.at)

    # Telling

    def tell(self, event_type: type[DisputeEvent], /, **facts: Any) -> None:
        """Tell an agency's own act: at its legal time, by its name, with its signature."""
        assert self._proposal is not None
        signed = {name: getattr(self._proposal, name) for name in SIGNED}
        self._tell(event_type, self.at, {**signed, **facts})

    def follow(self, event_type: type[DisputeEvent], /, **facts: Any) -> None:
        """Tell what follows from an act, or from silence: by the exchange, now."""
        self._tell(event_type, self.now, {"actor": EXCHANGE, **facts})

    def enter(self, event: DisputeEvent) -> None:
        """Enter an event that intake has told in the ledger, as it is, with the standing."""
        self.sequence += 1
        entry = event.changed(standing=self.standing)
        self.effects.append(Publish(REFERRALS.name, entry, sequenced=True))

    def _tell(self, event_type: type[DisputeEvent], at: datetime, facts: dict[str, Any]) -> None:
        self.sequence += 1
        if issubclass(event_type, ReferralEvent) and event_type is not ReferralReceivedV1:
            self.touch(facts["referral_id"], last_sequence=self.sequence)
        event = event_type(
            dispute_code=self.view.code,
            legal_at=at,
            proposal_id=self._proposal.proposal_id if self._proposal else None,
            standing=self.standing,
            **facts,
        )
        self.effects.append(Publish(REFERRALS.name, event, sequenced=True))

    def alarm(self, kind: str, detail: str) -> None:
        """Call a person. The detail holds ids and rules only."""
        self.effects.append(Alarm(kind, detail))

    # Changing

    def change(self, **facts: Any) -> None:
        """Change the standing. A new stage takes effect with the next event told."""
        if facts.get("stage", self.standing.stage) != self.standing.stage:
            self._stage_sequence = self.sequence + 1
        self.standing = self.standing.changed(**facts)

    def touch(self, referral_id: str, **facts: Any) -> None:
        """Change one referral of the standing."""
        referrals = tuple(
            r.changed(**facts) if r.referral_id == referral_id else r
            for r in self.standing.referrals
        )
        self.standing = self.standing.changed(referrals=referrals)

    def count(self, referral: ReferralStanding) -> None:
        """The referral weighs on its receiver from now on."""
        self._counted = (*self._counted, referral.referral_id)
        self._move_load(referral, 1)

    def release(self, referral: ReferralStanding) -> None:
        """The receiver is free of it again, where it weighed."""
        if referral.referral_id in self._counted:
            self._counted = tuple(r for r in self._counted if r != referral.referral_id)
            self._move_load(referral, -1)

    def _move_load(self, referral: ReferralStanding, change: int) -> None:
        name = LOAD + referral.receiver
        self.tallies[name] = self.tallies.get(name, 0) + change

    # Reading

    def referral(self, referral_id: str | None) -> ReferralStanding:
        """A referral that is known to exist."""
        found = self.standing.referral(referral_id) if referral_id else None
        assert found is not None
        return found

    def running(self, rule: str, instance: str | None = None) -> ClockStanding | None:
        """The clock of that rule that runs (of that instance, where one is named)."""
        return _clock(self.standing.clocks, rule, instance)

    def run_out(self, rule: str, instance: str | None = None) -> ClockStanding | None:
        """The clock of that rule that has run out."""
        return _clock(self.expired, rule, instance)

    @property
    def today(self) -> date:
        """The local day of the act."""
        return self.at.astimezone(SHANGHAI).date()

    def new_id(self, label: str) -> str:
        return self.view.ids.new(f"{label}:{self.sequence + 1}")

    def decision(self) -> Decision[DisputeState]:
        update: dict[str, Any] = {
            "standing": self.standing,
            "sequence": self.sequence,
            "stage_sequence": self._stage_sequence,
            "expired": self.expired,
            "counted": self._counted,
        }
        if self._proposal is not None:
            update["answered"] = answered(self._state, self._proposal)
        state = self._state.changed(**update)
        return Decision(state, tuple(self.effects), tallies=self.tallies)


def answered(state: DisputeState, proposal: ProposalMadeV1) -> tuple[str, ...]:
    """The remembered ids once this proposal is answered too."""
    return (*state.answered, proposal.proposal_id)[-ANSWERED_MAX:]


def _clock(
    clocks: tuple[ClockStanding, ...], rule: str, instance: str | None
) -> ClockStanding | None:
    return next(
        (c for c in clocks if c.rule == rule and instance in (None, c.instance)),
        None,
    )
