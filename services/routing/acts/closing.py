"""Acts of the origin: the parties' written application, and the closing.

治安管理处罚法 9 para. 4, 程序规定 186: agreement, performance, written application by both and
the police's approval, before the end of the case; only then 不予处罚.
"""

from collections.abc import Callable, Mapping

from exchange.contracts.events.proposals import ApplyClosing, Close, ProposalMadeV1
from exchange.contracts.events.routing import ClosingAppliedV1, DisputeClosedV1
from exchange.contracts.vocabulary import ClosingOutcome, Stage
from services.routing.clocks import POLICE_CASE, is_timely, stop_all, undo_expiry
from services.routing.days import not_in_future
from services.routing.ending import conclude_open
from services.routing.refusals import Unlawful, not_met, unlawful
from services.routing.story import Story

APPLICANTS_MIN = 2
AGREED: frozenset[Stage] = frozenset({"agreed", "performed", "breached", "closing"})
PERFORMED: frozenset[Stage] = frozenset({"performed", "closing"})
CAME_TO_NOTHING: frozenset[Stage] = frozenset({"failed", "breached", "unplaced"})


def apply_closing(story: Story, proposal: ProposalMadeV1) -> None:
    """Both parties apply in writing, after performance (程序规定 186)."""
    facts = proposal.facts
    assert isinstance(facts, ApplyClosing)
    _require_case(story)
    _require_performed(story)
    if story.standing.stage != "performed":
        raise unlawful("act.not_now")
    not_in_future(story, facts.applied_on)
    if facts.applicants < APPLICANTS_MIN:
        raise not_met(story.law, "police.close.application")
    story.change(stage="closing")
    story.tell(ClosingAppliedV1)


def close(story: Story, proposal: ProposalMadeV1) -> None:
    """结案: what was still open is concluded, every clock stops; nothing follows the closing."""
    facts = proposal.facts
    assert isinstance(facts, Close)
    OUTCOMES[facts.outcome](story, facts)
    undo_expiry(story, POLICE_CASE)
    stop_all(story, "纠纷已办结")
    conclude_open(story)
    story.change(stage="closed", holder=None)
    story.tell(DisputeClosedV1, outcome=facts.outcome)


def _not_punished(story: Story, facts: Close) -> None:
    """Each missing condition is refused by its own gate, in the order of the article."""
    if not _is_case(story):
        raise not_met(story.law, "police.close.in_scope")
    _require_performed(story)
    if story.standing.stage != "closing":
        raise not_met(story.law, "police.close.application")
    if not facts.approved:
        raise not_met(story.law, "police.close.approval")
    clock = story.running(POLICE_CASE) or story.run_out(POLICE_CASE)
    if clock is not None and not is_timely(story, clock):
        raise unlawful("closing.after_end", because_zh=f"（{clock.citation}）")


def _case_resumed(story: Story, _facts: Close) -> None:
    over = story.standing.stage in CAME_TO_NOTHING or _is_at_the_desk(story)
    if not _is_case(story) or not over:
        raise _wrong_outcome(story)


def _settled(story: Story, _facts: Close) -> None:
    if _is_case(story) or not (story.standing.stage in PERFORMED or _is_at_the_desk(story)):
        raise _wrong_outcome(story)


def _unsettled(story: Story, _facts: Close) -> None:
    if _is_case(story) or not (story.standing.stage in CAME_TO_NOTHING or _is_at_the_desk(story)):
        raise _wrong_outcome(story)


OUTCOMES: Mapping[ClosingOutcome, Callable[[Story, Close], None]] = {
    "not_punished": _not_punished,
    "case_resumed": _case_resumed,
    "settled": _settled,
    "unsettled": _unsettled,
}


def _is_case(story: Story) -> bool:
    """Whether it came as a public-security case: only then is there a penalty to waive."""
    return story.registration.by_police and POLICE_CASE in story.registration.own_clocks


def _is_at_the_desk(story: Story) -> bool:
    """A sensitive matter is settled off the exchange; its origin closes it here."""
    return story.registration.sensitive and story.standing.stage == "registered"


def _require_case(story: Story) -> None:
    if not _is_case(story):
        raise unlawful("closing.police_only")


def _require_performed(story: Story) -> None:
    if story.standing.stage not in AGREED:
        raise not_met(story.law, "police.close.agreement")
    if story.standing.stage not in PERFORMED:
        raise not_met(story.law, "police.close.performed")


def _wrong_outcome(story: Story) -> Unlawful:
    return unlawful("closing.outcome", because_zh=f"（现为 {story.standing.stage}）")
