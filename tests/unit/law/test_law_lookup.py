"""Which rule answers: by place, by the day of the act, by variant; and what if none does."""

from datetime import date

import pytest

import law

QUJIANG = "330803"
HAIKOU = "460100"
ACT = date(2026, 3, 2)


@pytest.fixture(scope="module")
def book() -> law.Law:
    return law.load()


def test_an_unknown_rule_is_refused_with_the_nearest_ids(book: law.Law) -> None:
    with pytest.raises(law.UnknownRule) as clock:
        book.clock("polic.case", region=QUJIANG, started_on=ACT)
    with pytest.raises(law.UnknownRule) as gate:
        book.gate("police.consent.all", region=QUJIANG, on=ACT)

    assert clock.value.nearest[0] == "police.case"
    assert gate.value.nearest[0] == "police.consent.both"


@pytest.mark.parametrize("region", ["", "3", "33080", "33080x", "0000", "3308031", "中国"])
def test_a_region_that_is_no_code_is_refused(book: law.Law, region: str) -> None:
    with pytest.raises(law.BadRegion):
        book.clock("police.case", region=region, started_on=ACT)


def test_a_rule_of_hainan_is_not_in_force_elsewhere(book: law.Law) -> None:
    here = book.clock("mediation.accept", region=QUJIANG, started_on=ACT)
    there = book.clock("mediation.accept", region=HAIKOU, started_on=ACT)

    assert here is None
    assert there is not None
    assert there.basis == "regional"


def test_before_a_rule_was_in_force_no_limit_is_known(book: law.Law) -> None:
    assert book.clock("mediation.accept", region="46", started_on=date(2017, 8, 31)) is None


def test_the_nearest_place_goes_before_the_nation(book: law.Law) -> None:
    nation = book.clock("mediation.conduct", region=QUJIANG, started_on=ACT)
    hainan = book.clock("mediation.conduct", region="460106001002", started_on=ACT)

    assert nation is not None
    assert hainan is not None
    assert (nation.unit, nation.budget) == ("month", 1)
    assert (hainan.unit, hainan.budget) == ("day", 30)


def test_the_house_rules_of_one_community_are_not_the_citys(book: law.Law) -> None:
    community, city = "141081003006", "141081"

    here = book.clock("local.houma.small", region=community, started_on=ACT)

    assert here is not None
    assert here.budget == 7
    for elsewhere in (city, "141081003", "141081003005"):
        assert book.clock("local.houma.small", region=elsewhere, started_on=ACT) is None


def test_a_pause_came_with_the_rule_that_allows_it(book: law.Law) -> None:
    before = book.clock("court.delegate", region=QUJIANG, started_on=date(2021, 12, 31))
    since = book.clock("court.delegate", region=QUJIANG, started_on=date(2022, 1, 1))

    assert before is not None
    assert since is not None
    assert [pause.ground for pause in before.row.pauses] == []
    assert [pause.ground for pause in since.row.pauses] == ["appraisal"]


def test_a_variant_is_used_where_it_exists_and_else_the_ordinary_rule(book: law.Law) -> None:
    hainan = book.clock("mediation.conduct", region="46", started_on=ACT, variant="specialist")
    nation = book.clock("mediation.conduct", region="33", started_on=ACT, variant="specialist")

    assert hainan is not None
    assert nation is not None
    assert hainan.budget == 60
    assert nation.unit == "month"


def test_an_act_of_before_the_new_law_runs_under_the_earlier_one(book: law.Law) -> None:
    earlier = book.clock("police.case", region=QUJIANG, started_on=date(2025, 12, 31))
    later = book.clock("police.case", region=QUJIANG, started_on=date(2026, 1, 1))

    assert earlier is not None
    assert later is not None
    assert "第99条" in earlier.citation_zh
    assert later.citation_zh == "《治安管理处罚法》（2025年修订）第118条"
    assert later.citation_en.endswith("(2025 revision), art. 118")


def test_a_running_clock_finds_the_version_that_it_is_bound_to(book: law.Law) -> None:
    versions = [rule.version for rule in book.clocks]

    assert len(versions) == len(set(versions))
    assert all(book.clock_version(version).version == version for version in versions)
    assert "mediation.conduct@2017-09-01.46.specialist" in versions
    with pytest.raises(law.UnknownRule):
        book.clock_version("police.case@1999-01-01")


def test_what_no_lawyer_signed_says_so(book: law.Law) -> None:
    assert all(not rule.signed for rule in (*book.clocks, *book.gates))
    gate = book.gate("police.close.performed", region=QUJIANG, on=ACT)
    assert gate is not None
    assert gate.signed_zh == "未经审签"


def test_a_gate_tells_its_article_and_what_to_do(book: law.Law) -> None:
    gate = book.gate("police.close.performed", region=QUJIANG, on=ACT)

    assert gate is not None
    assert gate.citation_zh == "《治安管理处罚法》（2025年修订）第9条第4款"
    assert gate.citation_en.endswith("art. 9 para. 4")
    assert gate.source.also_zh == ("《公安机关办理行政案件程序规定》第186条",)
    assert "不等于可以结案" in gate.message_zh
    assert gate.message_en


def test_a_local_gate_is_in_force_in_its_place_and_from_its_day(book: law.Law) -> None:
    gate_id = "intake.sensitive.offline"

    assert book.gate(gate_id, region="330803104000", on=ACT) is not None
    assert book.gate(gate_id, region="330802", on=ACT) is None
    assert book.gate(gate_id, region=QUJIANG, on=date(2020, 8, 3)) is None


def test_a_gate_is_cited_as_it_stood_on_the_day_of_the_act(book: law.Law) -> None:
    earlier = book.at(QUJIANG, date(2025, 12, 31)).gate("police.close.performed")
    later = book.at(QUJIANG, date(2026, 1, 1)).gate("police.close.performed")

    assert earlier is not None
    assert later is not None
    assert earlier.citation_zh == "《公安机关办理行政案件程序规定》第186条"
    assert later.citation_zh == "《治安管理处罚法》（2025年修订）第9条第4款"


@pytest.mark.parametrize(
    "gate_id",
    [
        "police.consent.both",
        "police.cause.civil",
        "police.circumstances.minor",
        *(
            f"police.excluded.{ground}"
            for ground in (
                "hired", "gang", "repeated", "unwilling", "violation_during", "fled", "unsuitable",
            )
        ),
        *(
            f"police.close.{part}"
            for part in ("agreement", "performed", "application", "before_decision", "approval")
        ),
        "mediation.refused",
        "mediation.not_acceptable.reserved",
        "mediation.danger.report",
        "mediation.failure.inform",
        *(f"mediation.agreement.{part}" for part in ("signatures", "mediator", "seal")),
        "mediation.agreement.oral_recorded",
        "mediation.performance.supervised",
        *(f"confirmation.apply.{part}" for part in ("joint", "window", "court", "agreement")),
        *(
            f"confirmation.refuse.{ground}"
            for ground in ("scope", "jurisdiction", "identity", "other_procedure", "title")
        ),
        "confirmation.attend.both",
        *(
            f"confirmation.dismiss.{ground}"
            for ground in (
                "mandatory_law", "harm", "public_order", "involuntary", "unclear", "other",
            )
        ),
        "confirmation.ruling",
        "intake.accusation.never_referred",
        "intake.administrative",
        "intake.sensitive.offline",
    ],
)  # fmt: skip
def test_the_gates_that_the_services_cite_exist(book: law.Law, gate_id: str) -> None:
    gate = book.gate(gate_id, region=QUJIANG, on=ACT)

    assert gate is not None
    assert gate.message_zh


def test_where_no_levels_are_known_none_are_invented(book: law.Law) -> None:
    assert book.levels("330802", on=ACT) is None
    assert book.levels("330803", on=date(2020, 8, 3)) is None


def test_in_qujiang_a_dispute_climbs_from_village_to_township_to_district(book: law.Law) -> None:
    path = book.levels("330803104201", on=ACT)

    assert path is not None
    assert [level.code for level in path.levels] == ["village", "township", "county"]
    assert [step.code for step in path.steps] == ["grid", "village", "township", "county"]
