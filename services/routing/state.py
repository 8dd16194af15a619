"""What routing keeps of one dispute: its standing, and what the next decision needs beside it."""

from exchange.contracts.events.base import ClockStanding, Standing
from exchange.contracts.events.intake import DisputeRegisteredV1, Matter
from exchange.contracts.model import Contract, RuleId
from exchange.contracts.vocabulary import Channel, Mode

HELD_MAX = 32
"""Proposals kept for a dispute that is not registered yet; one more is refused."""

ANSWERED_MAX = 16
"""Ids of the last proposals answered, so that one that comes twice is not answered twice."""


class Registration(Contract):
    """What stays of the registration; `own_clocks` are the rules that the origin's acts started."""

    channel: Channel
    mode: Mode
    matter: Matter
    own_clocks: tuple[RuleId, ...] = ()
    dossier_version: int | None = None
    sensitive: bool = False

    @classmethod
    def of(cls, event: DisputeRegisteredV1) -> "Registration":
        return cls(
            channel=event.channel,
            mode=event.mode,
            matter=event.matter,
            own_clocks=tuple(clock.rule for clock in event.started_clocks),
            dossier_version=event.dossier.version if event.dossier else None,
            sensitive=event.sensitive,
        )

    @property
    def by_police(self) -> bool:
        return self.channel == "police"


class DisputeState(Contract):
    """The state of one dispute; `standing` is None until it is registered.

    `sequence` is the last ledger entry, `stage_sequence` the last one that changed the stage.
    `expired` are clocks that have run out and may be reinstated by a timely act, `counted` the
    referrals that weigh on their receiver's load. `held` are proposals that came before the
    registration, as their JSON, without their signature: a ledger entry has room for that of its
    own cause alone. `answered` are the ids of the last proposals answered.
    """

    standing: Standing | None = None
    registration: Registration | None = None
    sequence: int = 0
    stage_sequence: int = 0
    expired: tuple[ClockStanding, ...] = ()
    counted: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    lead_code: str | None = None
