"""Judicial confirmation: the window, the court's refusal (355), its dismissal (358), its ruling."""

from datetime import date
from typing import Any

import pytest

from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    ApplyConfirmation,
    Decline,
    Perform,
    Receive,
    Rule,
)
from exchange.contracts.events.routing import ConfirmationRuledV1, ReferralOfferedV1
from services.routing.placing import REFERRALS_MAX
from tests.unit.routing.scene import COURT, FILE, STATION, VILLAGE, Scene, with_agency

TODAY = date(2026, 3, 2)
ASKED = ApplyConfirmation(court=COURT, applied_on=TODAY, package=(FILE,))
REFUSED = Decline(reason="out_of_scope", gate="confirmation.refuse.title")
VALID = Rule(ruling="valid", ruled_on=TODAY)


def agreed(scene: Scene | None = None) -> Scene:
    scene = (scene or Scene()).register()
    scene.act(VILLAGE, Accept(accepted_on=TODAY))
    scene.act(VILLAGE, Agree(form="written", agreed_on=TODAY))
    return scene


def applied() -> Scene:
    scene = agreed()
    scene.act(VILLAGE, ASKED)
    return scene


def filed() -> Scene:
    scene = applied()
    scene.act(COURT, Accept(accepted_on=TODAY))
    return scene


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"court": STATION}, "confirmation.apply.court"),
        ({"court": "CT-000000000000-01"}, "confirmation.apply.court"),
        ({"package": ()}, "confirmation.apply.agreement"),
        ({"applied_on": date(2026, 3, 3)}, "act.future"),
    ],
)
def test_an_incomplete_application_is_refused(changed: dict[str, Any], rule: str) -> None:
    scene = agreed()
    scene.act(VILLAGE, ASKED.model_copy(update=changed))
    assert scene.refused[-1].rule == rule
    assert scene.standing.confirmation is None


def test_an_abolished_court_is_not_asked() -> None:
    scene = agreed(Scene(with_agency(COURT, kind="court", abolished=True)))
    scene.act(VILLAGE, ASKED)
    assert scene.refused[-1].rule == "confirmation.apply.court"


def test_without_an_agreement_there_is_nothing_to_confirm() -> None:
    scene = Scene().register()
    scene.act(VILLAGE, Accept(accepted_on=TODAY))
    scene.act(VILLAGE, ASKED)
    assert scene.refused[-1].rule == "act.not_now"


def test_outside_its_window_no_application_is_taken() -> None:
    scene = agreed().on_day(31)
    scene.act(VILLAGE, ASKED)
    assert scene.refused[-1].rule == "confirmation.apply.window"


@pytest.mark.parametrize("scene", [applied, filed])
def test_nobody_applies_twice(scene: Any) -> None:
    story = scene()
    story.act(VILLAGE, ASKED)
    assert story.refused[-1].rule == "confirmation.already"


def test_a_refusal_names_its_ground() -> None:
    scene = applied()
    for gate in (None, "confirmation.dismiss.harm"):
        scene.act(COURT, Decline(reason="other", gate=gate))
        assert scene.refused[-1].rule == "confirmation.refuse.ground"
    assert scene.standing.confirmation == "applied"


@pytest.mark.parametrize(
    "facts",
    [REFUSED, Rule(ruling="refused", ruled_on=TODAY, grounds=("confirmation.refuse.title",))],
)
def test_after_a_refusal_the_window_is_still_open(facts: Decline | Rule) -> None:
    scene = applied()
    assert scene.act(COURT, facts) == ["confirmation.ruled", "clock.stopped"]
    ruled = scene.last(ConfirmationRuledV1)
    assert (ruled.ruling, ruled.grounds) == ("refused", ("confirmation.refuse.title",))
    assert (scene.stage, scene.standing.confirmation) == ("agreed", "refused")
    assert scene.running() == {"police.case", "confirmation.apply"}
    assert scene.act(VILLAGE, ASKED)[0] == "confirmation.applied"
    assert scene.standing.confirmation == "applied"


def test_no_dispute_is_handed_over_without_end() -> None:
    scene = applied()
    while len(scene.standing.referrals) < REFERRALS_MAX:
        scene.act(COURT, REFUSED)
        scene.act(VILLAGE, ASKED)
    scene.act(COURT, REFUSED)
    scene.act(VILLAGE, ASKED)
    assert scene.refused[-1].rule == "referral.too_many"
    assert len(scene.standing.referrals) == REFERRALS_MAX


def test_an_application_that_waits_at_the_court_does_not_lapse() -> None:
    scene = applied().on_day(35)
    assert "clock.expired" not in [
        e.type for e in scene.told if getattr(e, "rule", "") == "confirmation.apply"
    ]
    told = scene.act(COURT, Accept(accepted_on=date(2026, 4, 6)))
    assert told[:2] == ["referral.accepted", "clock.stopped"]
    assert scene.running() == {"confirmation.decide"}


def test_refused_after_the_window_it_is_over() -> None:
    scene = applied().on_day(35)
    told = scene.act(COURT, REFUSED)
    assert told == ["confirmation.ruled", "clock.expired"]
    scene.act(VILLAGE, ASKED)
    assert scene.refused[-1].rule == "confirmation.apply.window"


def test_a_silent_court_is_not_passed_over_a_person_calls() -> None:
    scene = applied().on_day(5)
    assert scene.alarmed == ["court_silent"]
    assert scene.newest(COURT).status == "offered"
    assert scene.act(COURT, Accept(accepted_on=TODAY))[0] == "referral.accepted"


def test_no_court_rules_before_it_has_accepted() -> None:
    scene = applied()
    scene.act(COURT, VALID)
    assert scene.refused[-1].rule == "confirmation.ruling.unaccepted"


@pytest.mark.parametrize("grounds", [(), ("police.close.agreement",)])
def test_a_dismissal_names_its_grounds(grounds: tuple[str, ...]) -> None:
    scene = filed()
    scene.act(COURT, Rule(ruling="dismissed", ruled_on=TODAY, grounds=grounds))
    assert scene.refused[-1].rule == "confirmation.dismiss.ground"


def test_dismissed_the_agreement_binds_all_the_same() -> None:
    scene = filed()
    grounds = ("confirmation.dismiss.unclear",)
    told = scene.act(COURT, Rule(ruling="dismissed", ruled_on=TODAY, grounds=grounds))
    assert told == ["confirmation.ruled", "clock.stopped"]
    assert (scene.stage, scene.standing.confirmation) == ("agreed", "dismissed")
    assert scene.load(COURT) == 0
    scene.act(VILLAGE, ASKED)
    assert scene.refused[-1].rule == "confirmation.already"
    assert scene.act(VILLAGE, Perform(instalment=1))[-1] == "agreement.performed"


def test_a_ground_of_355_found_after_acceptance_dismisses() -> None:
    scene = filed()
    grounds = ("confirmation.refuse.identity",)
    scene.act(COURT, Rule(ruling="refused", ruled_on=TODAY, grounds=grounds))
    assert scene.standing.confirmation == "dismissed"


def test_the_courts_clocks_run_beside_the_mediations() -> None:
    scene = applied()
    offered = scene.last(ReferralOfferedV1)
    assert (offered.receiver, offered.purpose, offered.sender) == (COURT, "confirmation", VILLAGE)
    assert offered.files == (FILE,)
    assert scene.standing.holder == VILLAGE
    assert scene.act(COURT, Receive()) == ["referral.received"]
    told = scene.act(COURT, Accept(accepted_on=TODAY))
    assert told == ["referral.accepted", "clock.stopped", "clock.stopped", "clock.set"]
    assert scene.running() == {"police.case", "confirmation.decide"}
    assert (scene.standing.holder, scene.load(COURT)) == (VILLAGE, 1)
    assert scene.act(COURT, VALID) == ["confirmation.ruled", "clock.stopped"]
    assert scene.standing.confirmation == "valid"


def test_a_court_that_takes_too_long_is_raised_to_a_person() -> None:
    scene = filed().on_day(40)
    assert "confirmation_decide_expired" in scene.alarmed
    assert scene.act(COURT, VALID) == ["confirmation.ruled"]


def test_payment_does_not_make_the_courts_basis_stale() -> None:
    scene = filed()
    seen = scene.newest(COURT).last_sequence
    scene.act(VILLAGE, Perform(instalment=1))
    assert scene.act(COURT, VALID, basis=seen)[0] == "confirmation.ruled"
