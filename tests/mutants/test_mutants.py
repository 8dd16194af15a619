"""Thirteen defects, thirteen caught: each for its own reason, and no run of the sound exchange."""

import pytest

from tests.mutants import by_hand, defects
from tests.mutants.hunting import DEADLOCK, SEEDS_MAX, Mutant, backlog, calm, hunted, play

MUTANTS = (
    Mutant(defects.acknowledge_before_commit, "lost", "was never answered"),
    Mutant(defects.no_inbox_key, "not_caught_up", "AlreadyRegistered"),
    Mutant(defects.position_polling, "not_caught_up", "outbox rows"),
    Mutant(defects.unfenced_relay, "doubled", "in calm weather", calm),
    Mutant(defects.no_sequence_check, "out_of_order", "applied"),
    Mutant(defects.skip_on_error, "not_caught_up", "gap"),
    Mutant(defects.service_clock, "early_clock", "fired at most at"),
    Mutant(defects.expiry_under_backlog, "expired_though_timely", "lay on the topic", backlog),
    Mutant(defects.clock_before_dispute, DEADLOCK, "", by_hand=by_hand.stopped_when_due),
    Mutant(defects.no_placeholder, "not_caught_up", "bad_data", by_hand=by_hand.begun_twice),
    Mutant(defects.transient_parked, "not_caught_up", "bad_data"),
    Mutant(defects.no_agency_filter, "wrong_holder", "got what is for"),
    Mutant(defects.unsigned_accepted, "unsigned", "the evidence is not that of"),
)

BY_HAND_SEEDS = 100
"""A meeting by hand costs milliseconds: the sound exchange is seen to meet in many ways."""


def test_there_are_thirteen() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == 13


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_is_caught_for_its_own_reason(mutant: Mutant) -> None:
    caught = hunted(mutant)
    assert caught is not None, f"{mutant.name} survives {SEEDS_MAX} seeds"
    seeds = range(BY_HAND_SEEDS) if mutant.by_hand else [caught.seed]
    for seed in seeds:
        assert play(mutant, seed).found == (), f"seed {seed} is not clean without the mutant"
