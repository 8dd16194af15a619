"""The table is the lifecycle: the page is drawn from it, and no act escapes it."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.contracts.events.proposals import (
    Accept,
    Agree,
    ApplyClosing,
    ApplyConfirmation,
    Breach,
    Close,
    Decline,
    Facts,
    Fail,
    Perform,
    Receive,
    Rule,
    Start,
)
from exchange.contracts.vocabulary import Act, Stage
from law import load
from services.routing.decider import ACTS, LATE_ACTS
from services.routing.lifecycle import LIFECYCLE, OVER, Step, acts_allowed
from services.routing.lifecycle_page import PAGE, STAGES_ZH, lifecycle_page
from services.routing.refusals import OWN_RULES
from tests.unit.routing.scene import CENTRE, COURT, DAY_0, FILE, ROOM, STATION, TOWN, VILLAGE, Scene

ROOT = Path(__file__).parents[3]
AGENCIES = (STATION, VILLAGE, TOWN, ROOM, CENTRE, COURT)
TODAY = DAY_0.date()
FACTS: tuple[Facts, ...] = (
    Receive(),
    Accept(accepted_on=TODAY),
    Decline(reason="no_capacity"),
    Decline(reason="out_of_scope", gate="confirmation.refuse.title"),
    Start(),
    Fail(reason="deadlocked", routes_notified=True),
    Agree(form="oral", agreed_on=TODAY, instalments=2),
    Perform(instalment=1),
    Perform(instalment=2),
    Breach(instalment=2),
    ApplyConfirmation(court=COURT, applied_on=TODAY, package=(FILE,)),
    Rule(ruling="valid", ruled_on=TODAY),
    Rule(ruling="dismissed", ruled_on=TODAY, grounds=("confirmation.dismiss.harm",)),
    ApplyClosing(applied_on=TODAY, applicants=2),
    Close(outcome="not_punished", approved=True),
    Close(outcome="case_resumed", approved=True),
    Close(outcome="settled", approved=True),
)

wild = st.tuples(
    st.just("wild"),
    st.sampled_from(AGENCIES),
    st.sampled_from(FACTS),
    st.integers(-1, 5),
    st.integers(0, 12),
    st.integers(0, 6),
)
lawful = st.tuples(st.just("lawful"), st.integers(0, 10_000))
later = st.tuples(st.just("later"), st.integers(1, 6))
walk = st.lists(st.one_of(*[lawful] * 8, wild, later), min_size=12, max_size=40)
linked_at = st.integers(0, 200)
"""The move before which the dispute is linked: mostly none."""


def test_the_page_is_current() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == lifecycle_page()


def test_every_act_of_the_vocabulary_has_its_row_and_every_row_its_act() -> None:
    assert {act for act, _ in LIFECYCLE} == set(get_args(Act))
    assert set(ACTS) == set(LIFECYCLE)
    assert set(LATE_ACTS) == {key for key, step in LIFECYCLE.items() if step.undoes_silence}


def test_every_stage_has_its_name_and_every_row_names_rules_that_exist() -> None:
    assert set(STAGES_ZH) == set(get_args(Stage))
    gates = {gate.id for gate in load().gates}
    assert {rule for step in LIFECYCLE.values() for rule in step.rules} <= gates | set(OWN_RULES)


def play(scene: Scene, move: tuple[object, ...]) -> None:
    match move:
        case ("later", int(days)):
            scene.on_day((scene.now - DAY_0).days + days)
        case ("link",):
            scene.link()
        case ("lawful", int(choice)):
            _lawful(scene, choice)
        case ("wild", str(agency), facts, int(which), int(behind), int(days)):
            known = [r.referral_id for r in scene.standing.referrals]
            scene.propose(
                agency,
                facts,  # type: ignore[arg-type]  # one of FACTS
                referral=known[which % len(known)] if known and which >= 0 else None,
                basis=max(0, scene.state.sequence - behind),
                at=scene.now - timedelta(days=days),
            )


def _lawful(scene: Scene, choice: int) -> None:
    """One of the acts that the table allows now."""
    parts = [None, *(r.referral_id for r in scene.standing.referrals)]
    possible = [
        (agency, part, facts)
        for agency in AGENCIES
        for part in parts
        for facts in FACTS
        if facts.act in acts_allowed(scene.standing, agency, part)
    ]
    if possible:
        agency, part, facts = possible[choice % len(possible)]
        scene.propose(agency, facts, referral=part)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(walk, linked_at)
def test_whatever_is_proposed_the_story_keeps_its_promises(
    moves: list[tuple[object, ...]], link_before: int
) -> None:
    scene = Scene().register()
    for number, move in enumerate(moves):
        if number == link_before:
            play(scene, ("link",))
        told, refused, causes = len(scene.told), len(scene.refused), scene.causes
        closed = scene.stage == "closed"
        play(scene, move)
        news, refusals = scene.told[told:], scene.refused[refused:]

        # closed is terminal, and the ledger is without gap
        assert not closed or news == []
        assert scene.state.sequence == len(scene.told)

        # one holder at most, and it is the one of the standing
        held = [
            r.receiver
            for r in scene.standing.referrals
            if (r.purpose, r.status) == ("mediation", "accepted")
        ]
        assert held == ([scene.standing.holder] if scene.standing.holder else [])
        open_offers = [
            r
            for r in scene.standing.referrals
            if r.purpose == "mediation" and r.status in ("offered", "received")
        ]
        assert len(open_offers) == (scene.stage == "offered")

        # a proposal is answered by facts or by one refusal, never by both, never by neither
        if move[0] in ("wild", "lawful") and scene.causes > causes:
            answered = {e.proposal_id for e in news if e.proposal_id}
            assert len(answered) + len(refusals) == 1

        # the clocks that are set are those that the standing shows
        running = {(c.rule, c.instance) for c in scene.standing.clocks}
        assert {key[:2] for key in scene.clocks} <= running
        if scene.stage in OVER:
            assert running <= {("police.case", "origin")}
    weighing = [r for r in scene.standing.referrals if r.status == "accepted"]
    assert all(load in (0, 1) for load in scene.tallies.values())
    assert sum(scene.tallies.values()) <= len(weighing)


def _came_late(step: Step, stage: str, scene: Scene) -> bool:
    """A decline that undoes a silence changes nothing for those who were asked since."""
    return step.undoes_silence and scene.stage == stage


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(walk)
def test_an_act_leads_where_its_row_says_and_tells_what_its_row_says(
    moves: list[tuple[object, ...]],
) -> None:
    scene = Scene().register()
    for move in moves:
        stage, told = scene.stage, len(scene.told)
        before = scene.standing
        play(scene, move)
        news = scene.told[told:]
        answered = [e for e in news if e.proposal_id]
        if not answered:
            continue
        tells = {e.type for e in answered if not e.type.startswith("clock.")}
        fitting = [
            step
            for key, step in LIFECYCLE.items()
            if tells <= set(step.tells)
            and (stage in step.stages or step.undoes_silence)
            and (scene.stage in (step.leads_to or (stage,)) or _came_late(step, stage, scene))
        ]
        assert fitting, (before, tells, scene.stage)
