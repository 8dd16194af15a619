"""Each property: a run that keeps it, and for each way to break it a run that breaks that alone."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.checker.check import check
from tests.checker.history import Observation, SeenClock, SeenOutbox, SeenParked
from tests.checker.scene import (
    CODE,
    COMMITTEE,
    EXCHANGE,
    LIMIT,
    NINE,
    OTHER,
    PROPOSALS,
    REFERRAL,
    REFERRALS,
    RULE,
    STATION,
    Scene,
    accept,
    accepted,
    expire,
    expired,
    offer,
    offered,
    stand,
    with_service,
)

HOUR = timedelta(hours=1)


def broken(scene: Scene, observation: Observation | None = None) -> tuple[str, ...]:
    return check(scene.history, observation or scene.observed()).broken


@pytest.mark.parametrize("story", [offered, accepted, expired])
def test_a_run_that_keeps_every_promise_is_clean(story: Callable[[], Scene]) -> None:
    assert broken(story()) == ()


class TestLost:
    def test_an_act_answered_2xx_that_told_nothing(self) -> None:
        scene = offered()
        scene.answer(scene.request(COMMITTEE, "accept", "k-accept"))
        assert broken(scene) == ("lost",)

    def test_a_proposal_that_nobody_answered(self) -> None:
        scene = offered()
        act = scene.request(COMMITTEE, "accept", "k-accept")
        scene.propose(act, "p1", "accept")
        scene.answer(act)
        assert broken(scene) == ("lost",)

    def test_a_handoff_counted_as_delivered_that_its_agency_never_saw(self) -> None:
        scene = offered()
        scene.hand(COMMITTEE, "h2", "referral.accepted:3", 3)
        scene.history.pop()
        assert broken(scene) == ("lost",)

    def test_a_repeated_request_may_have_the_receipt_of_the_first_as_its_only_trace(self) -> None:
        scene = offered()
        body = next(i for i in scene.history if i.kind == "invoke").body_sha256
        twin = scene.request(STATION, "refer", "k-other", body_sha256=body)
        scene.answer(twin)
        assert broken(scene) == ()

    def test_what_waits_in_the_outbox_is_not_lost_but_not_caught_up(self) -> None:
        scene = offered()
        scene.answer(scene.request(COMMITTEE, "accept", "k-accept"))
        waiting = SeenOutbox(PROPOSALS, CODE, "p1")
        observed = with_service(scene.observed(), "mediation", outbox=(waiting,))
        assert broken(scene, observed) == ("not_caught_up",)


class TestPhantom:
    def test_an_event_of_a_request_that_was_refused(self) -> None:
        scene = accepted()
        scene.history = [
            replace(e, kind="fail", status=409)
            if getattr(e, "op", 0) == 2 and e.kind == "ok"
            else e
            for e in scene.history
        ]
        assert broken(scene) == ("phantom",)

    def test_an_event_whose_request_nobody_sent(self) -> None:
        scene = accepted()
        scene.history = [e for e in scene.history if getattr(e, "op", 0) != 2]
        assert broken(scene) == ("phantom",)

    def test_a_request_without_an_answer_may_have_happened(self) -> None:
        scene = accepted()
        scene.history = [
            e for e in scene.history if not (getattr(e, "op", 0) == 2 and e.kind == "ok")
        ]
        assert broken(scene) == ()

    def test_an_expiry_of_a_clock_that_was_never_set(self) -> None:
        scene = accepted()
        scene.now += LIMIT
        expire(scene, "x1", scene.now, referral="r9")
        assert broken(scene) == ("phantom",)


class TestDoubled:
    def test_one_cause_tells_the_same_twice(self) -> None:
        scene = accepted()
        accept(scene, "p1", "c5", COMMITTEE)
        assert broken(scene) == ("doubled",)

    def test_one_id_has_two_contents(self) -> None:
        scene = offered()
        first = scene.records[0]
        again = replace(first, offset=1, headers=(*first.headers, ("traceparent", b"other")))
        scene.records.append(again)
        assert broken(scene) == ("doubled",)

    def test_the_same_bytes_may_lie_there_twice(self) -> None:
        scene = offered()
        scene.records.append(replace(scene.records[0], offset=1))
        assert broken(scene) == ()

    def test_but_not_where_nothing_went_wrong(self) -> None:
        scene = offered()
        scene.mark("calm", "all")
        scene.records.append(replace(scene.records[0], offset=1))
        assert broken(scene) == ("doubled",)

    def test_one_matter_handed_over_under_two_ids(self) -> None:
        scene = offered()
        scene.hand(COMMITTEE, "h1-again", f"referral.offered:{REFERRAL}", 2)
        assert broken(scene) == ("doubled",)

    def test_one_key_has_two_answers(self) -> None:
        scene = offered()
        again = scene.request(STATION, "refer", "k-refer")
        scene.answer(again, answer_sha256="0" * 64)
        assert broken(scene) == ("doubled",)

    def test_a_clock_expires_twice(self) -> None:
        scene = expired()
        expire(scene, "x2", NINE + LIMIT - HOUR)
        assert broken(scene) == ("doubled",)


class TestOutOfOrder:
    def test_the_topic_has_two_before_one(self) -> None:
        scene = offered()
        first, second, *others = [r for r in scene.records if r.topic == REFERRALS]
        swapped = [replace(second, offset=0), replace(first, offset=1), *others]
        scene.records = [r for r in scene.records if r.topic != REFERRALS] + swapped
        assert "out_of_order" in broken(scene)

    def test_a_door_applied_an_event_again(self) -> None:
        scene = accepted()
        observed = scene.observed()
        (row,) = next(s for s in observed.services if s.name == "mediation").disputes
        state = json.loads(row.state or b"")
        state["timeline"] = [{"sequence": n} for n in (1, 2, 1, 2, 3, 4)]
        changed = replace(row, state=json.dumps(state).encode())
        assert broken(scene, with_service(observed, "mediation", disputes=(changed,))) == (
            "out_of_order",
        )

    def test_an_agency_is_told_of_the_end_before_the_beginning(self) -> None:
        scene = accepted()
        first, second = (e for e in scene.history if e.kind == "delivery")
        others = [e for e in scene.history if e.kind != "delivery"]
        scene.history = [*others, second, first]
        assert broken(scene) == ("out_of_order",)


class TestHashChain:
    def test_an_entry_was_changed_after_it_was_told(self) -> None:
        scene = accepted()
        scene.ledger[1] = replace(scene.ledger[1], value=scene.ledger[1].value + b" ")
        assert broken(scene) == ("hash_chain",)

    def test_a_receipt_stands_on_another_chain(self) -> None:
        scene = accepted()
        receipt = next(e for e in scene.history if e.kind == "ok")
        document = receipt.receipt["document"]
        document["pinned"] = {"sequence": 2, "hash_sha256": "0" * 64}
        form = {n: v for n, v in receipt.receipt.items() if n != "signature"}
        receipt.receipt["signature"] = scene.sign(EXCHANGE, _canonical(form))
        assert broken(scene) == ("hash_chain",)

    def test_a_reader_holds_another_head(self) -> None:
        scene = accepted()
        observed = scene.observed()
        (row,) = next(s for s in observed.services if s.name == "police_link").disputes
        forked = with_service(observed, "police_link", disputes=(replace(row, head=bytes(32)),))
        assert broken(scene, forked) == ("hash_chain",)


class TestEarlyClock:
    def test_it_fires_an_hour_before_its_end(self) -> None:
        scene = offered()
        scene.now = NINE + LIMIT - HOUR
        stand(scene, REFERRAL, "silent")
        expire(scene, "x1", NINE + LIMIT)
        assert broken(scene) == ("early_clock",)

    def test_a_service_whose_own_clock_runs_fast_is_not_believed(self) -> None:
        scene = offered()
        scene.now = NINE + LIMIT
        stand(scene, REFERRAL, "silent")
        expire(scene, "x1", NINE + LIMIT)
        late = scene.records[-1]
        scene.now = NINE + LIMIT - HOUR
        scene.records[-1] = replace(late, appended_at=scene.now)
        assert broken(scene) == ("early_clock",)

    def test_legal_time_that_was_moved_counts(self) -> None:
        scene = offered()
        scene.mark("time", "before")
        scene.lead = LIMIT
        scene.mark("time", "after")
        expire(scene, "x1", NINE + LIMIT)
        assert broken(scene) == ()


class TestExpiredThoughTimely:
    def test_an_act_that_lay_there_before_the_end_is_expired_first(self) -> None:
        scene = self._late_answer()
        assert broken(scene) == ("expired_though_timely",)

    def test_one_that_came_after_the_end_undoes_the_expiry(self) -> None:
        scene = self._late_answer(appended_later=True)
        assert broken(scene) == ()

    def test_a_timely_act_is_refused_as_late(self) -> None:
        scene = self._late_answer(appended_later=True, answered=False)
        scene.publish(
            REFERRALS,
            "proposal.refused",
            "x2",
            "p1",
            proposal_id="proposal of p1",
            rule="late.after_end",
        )
        assert broken(scene) == ("expired_though_timely",)

    def test_refused_for_another_that_did_accept_is_lawful(self) -> None:
        scene = self._late_answer(appended_later=True, answered=False)
        offer(scene, "c5", "x1", "r2", OTHER)
        scene.hand(OTHER, "h9", "referral.offered:r2", 5)
        other = scene.request(OTHER, "accept", "k-other", referral_id="r2")
        scene.propose(other, "p2", "accept", "r2")
        scene.answer(other)
        accept(scene, "p2", "c7", OTHER, "r2")
        about = {"proposal_id": "proposal of p1", "rule": "late.other_accepted"}
        scene.publish(REFERRALS, "proposal.refused", "x2", "p1", **about)
        assert broken(scene) == ()

    def _late_answer(self, *, appended_later: bool = False, answered: bool = True) -> Scene:
        """The committee accepts an hour before the end; the clock expires; then it is answered."""
        scene = offered()
        scene.now = NINE + LIMIT - HOUR
        act = scene.request(COMMITTEE, "accept", "k-accept", referral_id=REFERRAL)
        scene.propose(act, "p1", "accept")
        scene.answer(act)
        scene.now = NINE + LIMIT
        if appended_later:
            scene.records[-1] = replace(scene.records[-1], appended_at=scene.now + HOUR)
        stand(scene, REFERRAL, "silent")
        expire(scene, "x1", NINE + LIMIT)
        scene.now += 2 * HOUR
        if answered:
            clock = {"rule": RULE, "instance": REFERRAL, "proposal_id": "proposal of p1"}
            scene.publish(REFERRALS, "clock.reinstated", "c5", "p1", actor=EXCHANGE, **clock)
            accept(scene, "p1", "c6", COMMITTEE)
        return scene


class TestWrongHolder:
    def test_two_hold_it(self) -> None:
        scene = accepted()
        offer(scene, "c5", "d1", "r2", OTHER)
        act = scene.request(OTHER, "accept", "k-other", referral_id="r2")
        scene.propose(act, "p2", "accept", "r2")
        scene.answer(act)
        accept(scene, "p2", "c7", OTHER, "r2")
        assert broken(scene) == ("wrong_holder",)

    def test_one_accepts_what_was_offered_to_another(self) -> None:
        scene = offered()
        act = scene.request(OTHER, "accept", "k-accept", referral_id=REFERRAL)
        scene.propose(act, "p1", "accept")
        scene.answer(act)
        accept(scene, "p1", "c4", OTHER)
        assert broken(scene) == ("wrong_holder",)

    def test_a_stranger_is_handed_it(self) -> None:
        scene = offered()
        scene.hand(OTHER, "h2", "referral.offered:r1 copy", 2)
        assert broken(scene) == ("wrong_holder",)

    def test_a_door_takes_another_for_the_holder(self) -> None:
        scene = accepted()
        observed = scene.observed()
        (row,) = next(s for s in observed.services if s.name == "mediation").disputes
        state = json.loads(row.state or b"") | {"standing": {"holder": OTHER}}
        changed = replace(row, state=json.dumps(state).encode())
        assert broken(scene, with_service(observed, "mediation", disputes=(changed,))) == (
            "wrong_holder",
        )


class TestUnsigned:
    def test_an_entry_without_evidence(self) -> None:
        scene = accepted()
        scene.ledger[3] = replace(scene.ledger[3], evidence=None)
        assert broken(scene) == ("unsigned",)

    def test_evidence_whose_signature_does_not_hold(self) -> None:
        scene = accepted()
        evidence = json.loads(scene.ledger[3].evidence or b"") | {"base": "another"}
        scene.ledger[3] = replace(scene.ledger[3], evidence=json.dumps(evidence).encode())
        assert broken(scene) == ("unsigned",)

    def test_a_receipt_that_does_not_verify(self) -> None:
        scene = accepted()
        receipt = next(e for e in scene.history if e.kind == "ok").receipt
        receipt["document"]["request_sha256"] = "0" * 64
        assert broken(scene) == ("unsigned",)

    def test_2xx_without_a_receipt(self) -> None:
        scene = accepted()
        place = next(n for n, e in enumerate(scene.history) if e.kind == "ok")
        scene.history[place] = replace(scene.history[place], receipt=None)
        assert broken(scene) == ("unsigned",)


class TestNotCaughtUp:
    def test_a_position_behind_its_watermark(self) -> None:
        scene = accepted()
        observed = scene.observed()
        (part, *others) = next(s for s in observed.services if s.name == "intake").positions
        behind = replace(part, end=part.end + 1)
        changed = with_service(observed, "intake", positions=(behind, *others))
        assert broken(scene, changed) == ("not_caught_up",)

    @pytest.mark.parametrize(("poisoned", "found"), [(False, ("not_caught_up",)), (True, ())])
    def test_a_dispute_is_parked(self, poisoned: bool, found: tuple[str, ...]) -> None:
        scene = accepted()
        if poisoned:
            scene.mark("poison", CODE)
        parked = SeenParked(CODE, "event", "Transient", "08006", "p1")
        assert broken(scene, with_service(scene.observed(), "routing", parked=(parked,))) == found

    def test_a_clock_that_was_due_still_stands(self) -> None:
        scene = accepted()
        scene.clocks.append(SeenClock(CODE, RULE, REFERRAL, 0, scene.now))
        assert broken(scene) == ("not_caught_up",)

    @pytest.mark.parametrize(("deaf", "found"), [(False, ("not_caught_up",)), (True, ())])
    def test_a_handoff_is_not_settled(self, deaf: bool, found: tuple[str, ...]) -> None:
        scene = accepted()
        scene.handoffs[-1] = replace(scene.handoffs[-1], state="unknown")
        if deaf:
            scene.mark("deaf", COMMITTEE)
        assert broken(scene) == found

    def test_a_reader_of_the_ledger_stands_before_its_end(self) -> None:
        scene = accepted()
        observed = scene.observed()
        (row,) = next(s for s in observed.services if s.name == "intake").disputes
        behind = replace(row, sequence_in=2, head=scene.ledger[1].hash)
        state = json.loads(behind.state or b"")
        state |= {"timeline": state["timeline"][:2], "last_sequence": 2}
        behind = replace(behind, state=json.dumps(state).encode())
        changed = with_service(observed, "intake", disputes=(behind,))
        assert broken(scene, changed) == ("not_caught_up",)


def _canonical(form: dict[str, object]) -> bytes:
    return json.dumps(form, sort_keys=True, separators=(",", ":")).encode()
