"""Who may read what of a dossier, for which purpose; each read leaves its row in the log first."""

from typing import get_args

import pytest

from exchange.chassis.decider import Decision, DropBlob, DropIndex, Index, KeepBlob, Refused
from exchange.dossier.vault import VaultRefused
from exchange.identity.policy import Field, Purpose
from sandbox.people import person
from services.intake.access import shown
from services.intake.adding import NewFile
from services.intake.decider import decide
from services.intake.opening import data_key, disclosed
from services.intake.reading import ReadDossier, ReadFile
from services.intake.same_dispute import PARTY
from services.intake.schemas import ErasureForm
from services.intake.state import FILES_MAX, FileEntry, Register
from tests.unit.intake.window import (
    CENTRE,
    CODE,
    COMMITTEE,
    COURT,
    KEYS,
    NOW,
    OPERATOR,
    OTHER_CENTRE,
    STATION,
    STRANGER,
    TOWNSHIP_COMMITTEE,
    command,
    handover,
    refer,
    registered,
    requested,
    sensitive,
    view,
    walk_in,
)

OFFERED = handover(COMMITTEE, "offered")
HOLDER = handover(COMMITTEE, "accepted")
FORMER = handover(COMMITTEE, "failed")
COURT_HOLDS = handover(COURT, "accepted", kind="court", purpose="confirmation")


def read(state: Register, agency: str, purpose: Purpose, sequence: int = 0) -> Decision[Register]:
    return decide(
        state, command("read_dossier", agency, ReadDossier(purpose, sequence)), view(), NOW
    )


def refusal(state: Register, agency: str, purpose: Purpose, sequence: int = 0) -> Refused:
    with pytest.raises(Refused) as refused:
        read(state, agency, purpose, sequence)
    return refused.value


def fields(decision: Decision[Register]) -> set[str]:
    assert decision.reply is not None
    return set(decision.reply["granted"])


def new_file(file_id: str = "file-1") -> NewFile:
    return NewFile(file_id, b"ciphertext", "a" * 64, "application/pdf", 9, "agreement")


def add(state: Register, agency: str) -> Decision[Register]:
    return decide(state, command("add_file", agency, new_file()), view(), NOW)


def with_file(state: Register) -> Register:
    return add(state, STATION).state


def erased(state: Register) -> Decision[Register]:
    form = ErasureForm(reason="subject_request")
    return decide(state, command("erase", "EX-000000000000-01", form), view(), NOW)


# Who may not read


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_an_agency_without_a_part_in_it_finds_no_dispute(purpose: Purpose) -> None:
    assert refusal(registered(HOLDER), STRANGER, purpose).status == 404


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_a_former_holder_sees_nothing_more(purpose: Purpose) -> None:
    state = registered(FORMER, handover(TOWNSHIP_COMMITTEE, "offered"))
    assert refusal(state, COMMITTEE, purpose).status == 403


@pytest.mark.parametrize("status", ["declined", "silent"])
def test_who_declined_or_kept_silent_is_a_stranger_again(status: str) -> None:
    gone = handover(COMMITTEE, "offered").model_copy(update={"status": status})
    assert refusal(registered(gone), COMMITTEE, "conflict_check").status == 404


@pytest.mark.parametrize("purpose", ["conduct_mediation", "contact_parties", "review_agreement"])
def test_an_offer_opens_no_dossier(purpose: Purpose) -> None:
    assert refusal(registered(OFFERED), COMMITTEE, purpose).code == "not_for_this_purpose"


def test_a_holder_does_not_supervise_itself() -> None:
    assert refusal(registered(HOLDER), COMMITTEE, "supervise").status == 403


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_the_centre_of_another_county_finds_no_dispute(purpose: Purpose) -> None:
    assert refusal(registered(HOLDER), OTHER_CENTRE, purpose).status == 404


def test_a_view_older_than_the_readers_offer_says_too_early() -> None:
    refused = refusal(registered(OFFERED, sequence=4), COMMITTEE, "triage", sequence=5)
    assert (refused.status, refused.code) == (425, "too_early")
    assert refused.extra["retry_after_s"] == 1


# Who may


def test_an_offered_agency_sees_names_only_to_declare_a_conflict_of_interest() -> None:
    state = registered(OFFERED, sequence=4)
    outline = {"place", "kind", "level", "urgency"}
    assert fields(read(state, COMMITTEE, "triage", sequence=4)) == outline
    assert fields(read(state, COMMITTEE, "conflict_check", sequence=4)) == outline | {"party_names"}


def test_the_sender_sees_status_and_outcome_and_never_session_notes() -> None:
    assert fields(read(registered(HOLDER), STATION, "follow_progress")) == {
        "status",
        "outcome",
        "clocks",
    }
    assert refusal(registered(HOLDER), STATION, "conduct_mediation").status == 403


def test_before_the_story_begins_there_is_only_the_sender() -> None:
    assert fields(read(registered(), STATION, "follow_progress")) == {"status", "outcome", "clocks"}


def test_the_court_sees_numbers_to_review_the_agreement() -> None:
    granted = fields(read(registered(HOLDER, COURT_HOLDS), COURT, "review_agreement"))
    assert {"party_id_numbers", "agreement", "files"} <= granted
    assert "session_notes" not in granted


@pytest.mark.parametrize("purpose", ["conduct_mediation", "contact_parties", "close_case"])
def test_the_court_gets_no_more_by_stating_the_holders_purpose(purpose: Purpose) -> None:
    assert refusal(registered(HOLDER, COURT_HOLDS), COURT, purpose).status == 403


def test_the_holder_gets_no_numbers_by_stating_the_courts_purpose() -> None:
    assert refusal(registered(HOLDER, COURT_HOLDS), COMMITTEE, "review_agreement").status == 403


def test_the_centre_supervises_by_metadata_and_reads_more_only_as_a_holder() -> None:
    assert "party_names" not in fields(read(registered(HOLDER), CENTRE, "supervise"))
    assert refusal(registered(HOLDER), CENTRE, "conduct_mediation").status == 403
    holds = registered(handover(CENTRE, "accepted", kind="centre"))
    assert "party_names" in fields(read(holds, CENTRE, "conduct_mediation"))


def test_the_operator_supervises_by_metadata_like_a_centre() -> None:
    assert fields(read(registered(HOLDER), OPERATOR, "supervise")) == fields(
        read(registered(HOLDER), CENTRE, "supervise")
    )
    assert refusal(registered(HOLDER), OPERATOR, "conduct_mediation").status == 403


def test_a_read_is_logged_with_who_for_what_and_which_fields_before_anything_is_opened() -> None:
    decision = read(registered(OFFERED), COMMITTEE, "conflict_check")
    (row,) = decision.effects
    assert isinstance(row, Index)
    assert row.kind == "access"
    assert row.value == f"{COMMITTEE}|read|conflict_check|kind,level,party_names,place,urgency"


def test_each_read_has_a_row_of_its_own() -> None:
    state = registered(OFFERED)
    given = command("read_dossier", COMMITTEE, ReadDossier("triage"))
    keys = set()
    for cause in ("command:1", "command:2"):
        (row,) = decide(state, given, view(cause=cause), NOW).effects
        assert isinstance(row, Index)
        keys.add(row.key)
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("granted", "seen"),
    [
        ("party_names", {"role", "name"}),
        ("party_id_numbers", {"role", "id_number"}),
        ("party_contacts", {"role", "phone", "address"}),
    ],
)
def test_a_party_is_cut_down_to_the_granted_fields(granted: Field, seen: set[str]) -> None:
    decision = refer(requested())
    kept = {e.name: e.content for e in decision.effects if isinstance(e, KeepBlob)}
    dossier = disclosed(data_key(CODE, kept["key"], KEYS), kept["dossier/1"])
    body = shown(frozenset({granted}), decision.state, dossier)
    assert set(body) == {"parties"}
    assert set(body["parties"][0]) == seen


@pytest.mark.parametrize("field", get_args(Field))
def test_no_field_shows_what_another_field_guards(field: Field) -> None:
    decision = refer(requested())
    kept = {e.name: e.content for e in decision.effects if isinstance(e, KeepBlob)}
    dossier = disclosed(data_key(CODE, kept["key"], KEYS), kept["dossier/1"])
    body = str(shown(frozenset({field}), decision.state, dossier))
    secrets = {
        "party_names": person(1).name,
        "party_id_numbers": person(1).citizen_id,
        "party_contacts": person(1).phone,
        "narrative": "院墙",
        "handling": "制止",
    }
    assert {name for name, secret in secrets.items() if secret in body} == ({field} & set(secrets))


# Files


def test_a_stranger_or_a_merely_offered_agency_adds_no_file() -> None:
    for agency in (STRANGER, COMMITTEE):
        with pytest.raises(Refused) as refused:
            add(registered(OFFERED), agency)
        assert refused.value.status == 404


def test_the_papers_of_a_sensitive_matter_stay_off_line() -> None:
    with pytest.raises(Refused) as refused:
        add(walk_in(sensitive()).state, CENTRE)
    assert refused.value.rule == "intake.sensitive.offline"


def test_a_dispute_has_a_limit_of_files() -> None:
    entry = FileEntry(
        file_id="f",
        ciphertext_sha256="a" * 64,
        media_type="image/png",
        size_bytes=1,
        purpose="other",
        added_by=STATION,
    )
    full = registered(HOLDER).model_copy(update={"files": (entry,) * FILES_MAX})
    with pytest.raises(Refused) as refused:
        add(full, STATION)
    assert refused.value.code == "too_many_files"


def test_the_sender_and_the_holder_add_files_that_are_known_by_digest() -> None:
    for agency in (STATION, COMMITTEE):
        decision = add(registered(HOLDER), agency)
        assert decision.reply == {"file_id": "file-1", "ciphertext_sha256": "a" * 64}
        assert [type(e) for e in decision.effects] == [Index, KeepBlob]
        assert decision.state.files[0].added_by == agency


def test_a_file_is_read_by_its_holder_and_by_nobody_who_was_only_offered() -> None:
    asked = command("read_file", COMMITTEE, ReadFile("file-1", "conduct_mediation"))
    with pytest.raises(Refused) as refused:
        decide(with_file(registered(OFFERED)), asked, view(), NOW)
    assert refused.value.status == 403
    decision = decide(with_file(registered(HOLDER)), asked, view(), NOW)
    assert decision.reply is not None
    assert decision.reply["file"]["media_type"] == "application/pdf"


def test_a_file_of_another_dispute_is_not_there() -> None:
    asked = command("read_file", COMMITTEE, ReadFile("file-2", "conduct_mediation"))
    with pytest.raises(Refused) as refused:
        decide(with_file(registered(HOLDER)), asked, view(), NOW)
    assert refused.value.code == "no_such_file"


# Erasure


def test_there_is_nothing_to_erase_of_a_sensitive_matter() -> None:
    with pytest.raises(Refused) as refused:
        erased(walk_in(sensitive()).state)
    assert refused.value.code == "no_dossier"


def test_an_erasure_destroys_the_key_and_says_what_remains() -> None:
    decision = erased(registered(HOLDER))
    assert [e.name for e in decision.effects if isinstance(e, DropBlob)] == ["key"]
    assert decision.state.erased_at == NOW
    assert decision.reply is not None
    assert decision.reply["complete"] is False
    assert decision.reply["complete_not_before"].startswith("2026-04-01")


def test_an_erased_dispute_is_found_by_no_party_of_it() -> None:
    registration = refer(requested())
    rows = {(e.kind, e.key) for e in registration.effects if isinstance(e, Index)}
    parties = {row for row in rows if row[0] == PARTY}
    decision = erased(registration.state)
    assert {(e.kind, e.key) for e in decision.effects if isinstance(e, DropIndex)} == parties
    assert len(parties) == 4  # of each party its number, its name with its phone
    assert decision.state.parties == ()


def test_after_an_erasure_the_dossier_is_gone_and_the_status_is_not() -> None:
    state = erased(with_file(registered(HOLDER))).state
    assert refusal(state, COMMITTEE, "conduct_mediation").status == 410
    assert "status" in fields(read(state, STATION, "follow_progress"))
    for act in (
        command("read_file", COMMITTEE, ReadFile("file-1", "conduct_mediation")),
        command("add_file", STATION, new_file("file-2")),
        command("erase", "EX-000000000000-01", ErasureForm(reason="unlawful")),
    ):
        with pytest.raises(Refused) as refused:
            decide(state, act, view(), NOW)
        assert refused.value.status == 410


def test_the_ciphertext_of_an_erased_dispute_opens_under_no_other_key() -> None:
    one, two = refer(requested()), refer(requested())
    kept = {e.name: e.content for e in one.effects if isinstance(e, KeepBlob)}
    other = {e.name: e.content for e in two.effects if isinstance(e, KeepBlob)}
    with pytest.raises(VaultRefused):
        disclosed(data_key(CODE, other["key"], KEYS), kept["dossier/1"])
