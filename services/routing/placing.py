"""Offering a dispute: to the agency that was chosen, one level up where nobody is left."""

from collections.abc import Sequence

from exchange.contracts.events.base import ReferralStanding
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.events.intake import FileRef
from exchange.contracts.events.routing import (
    Alternative,
    Reason,
    ReferralEscalatedV1,
    ReferralOfferedV1,
)
from exchange.contracts.vocabulary import Level, Mode, Purpose
from services.routing.choice import Placement, Query, place_matter
from services.routing.clocks import ORIGIN, set_clock
from services.routing.limits import ACCEPT, acceptance
from services.routing.story import Story

REFERRALS_MAX = 50
"""Handovers of one dispute; after that a person decides."""

HAD_THEIR_TURN = frozenset({"declined", "silent", "failed"})


def search(story: Story, level: Level) -> Placement:
    """The best agency from `level` upwards, as the story stands; tells nothing yet.

    Where nobody is left the stage becomes `unplaced`, so that the next event shows it.
    """
    if is_full(story):
        found = Placement(None, None, (), ())
    else:
        found = place_matter(_query(story), story.view.agencies, story.view.tallies, level)
    story.change(stage="unplaced" if found.agency is None else "registered")
    return found


def is_full(story: Story) -> bool:
    """Whether the dispute was handed over as often as it may be."""
    return len(story.standing.referrals) >= REFERRALS_MAX


def place(
    story: Story, found: Placement, *, ended: ReferralStanding | None = None, because: str = ""
) -> None:
    """Offer the dispute to whom `search` found; without anyone, call a person.

    `ended` is the referral that came to nothing before, `because` why the dispute climbs.
    """
    if found.agency is None or found.level is None:
        after = f"，此前的对接 {ended.referral_id}" if ended else ""
        story.alarm("no_agency", f"没有可办理的机构，请人工分流{after}")
        return
    if ended is not None and found.level != ended.level:
        story.change(level=found.level)
        story.follow(
            ReferralEscalatedV1,
            referral_id=ended.referral_id,
            from_level=ended.level,
            to_level=found.level,
            because=because,
        )
    story.change(stage="offered", level=found.level)
    offer(
        story,
        found.agency,
        purpose="mediation",
        mode=story.registration.mode,
        level=found.level,
        sender=story.standing.origin,
        reasons=found.reasons,
        alternatives=found.alternatives,
    )


def offer(
    story: Story,
    receiver: AgencyListedV1,
    *,
    purpose: Purpose,
    mode: Mode,
    level: Level,
    sender: str,
    reasons: Sequence[Reason],
    alternatives: Sequence[Alternative] = (),
    files: Sequence[FileRef] = (),
) -> None:
    """Tell an offer, with by when it is to be answered and why then, and set its clock."""
    matter = story.registration.matter
    senders = story.standing.clocks if purpose == "mediation" else ()
    limit = acceptance(
        purpose, matter.place, story.now, [c for c in senders if c.instance == ORIGIN]
    )
    referral = ReferralStanding(
        referral_id=story.new_id("referral"),
        purpose=purpose,
        mode=mode,
        level=level,
        sender=sender,
        receiver=receiver.agency,
        receiver_kind=receiver.kind,
        status="offered",
        last_sequence=story.sequence + 1,
    )
    story.change(referrals=(*story.standing.referrals, referral))
    story.follow(
        ReferralOfferedV1,
        referral_id=referral.referral_id,
        sender=sender,
        receiver=receiver.agency,
        purpose=purpose,
        mode=mode,
        level=level,
        kind=matter.kind,
        place=matter.place,
        urgency=matter.urgency,
        due_at=limit.limit.ends_at,
        due_because=limit.because,
        reasons=tuple(reasons),
        alternatives=tuple(alternatives),
        directory_version=story.view.agencies.version,
        dossier_version=story.registration.dossier_version,
        files=tuple(files),
    )
    set_clock(story, ACCEPT, referral.referral_id, limit.limit)


def _query(story: Story) -> Query:
    before = [r for r in story.standing.referrals if r.purpose == "mediation"]
    return Query(
        on=story.law.on,
        matter=story.registration.matter,
        origin=story.standing.origin,
        by_police=story.registration.by_police,
        climbed=bool(before),
        asked=frozenset((r.level, r.receiver) for r in before if r.status in HAD_THEIR_TURN),
    )
