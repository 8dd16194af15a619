"""`fengqiao law` as a clerk, a script and a lawyer use it: what is wrong first."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from fengqiao.cli.law import program as law_program

Ask = Callable[..., Any]


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Asks with --json and gives the one object of stdout."""

    def ask(*words: str) -> Any:
        law_program.run([*words, "--json"], "fengqiao law")
        return json.loads(capsys.readouterr().out)

    return ask


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    """The exit code and the words on stderr."""
    with pytest.raises(SystemExit) as left:
        law_program.run(words, "fengqiao law")
    return left.value.code, capsys.readouterr().err


# What cannot be asked


def test_an_unknown_rule_leaves_with_4_and_the_nearest_ids(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = refused(capsys, "due", "polic.case", "--from", "2026-03-02")

    assert code == 4
    assert "police.case" in said
    assert refused(capsys, "show", "police.consent.bot")[0] == 4
    assert (
        refused(capsys, "due", "police.case", "--from", "2026-03-02", "--version", "1990")[0] == 4
    )


def test_everything_that_is_wrong_is_said_at_once_and_how_to_write_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = refused(
        capsys, "due", "police.case", "--from", "2026-02-30", "--region", "339999",
        "--paused", "2026-03-05..2026-03-01", "--paused", "three days",
    )  # fmt: skip

    assert code == 3
    assert "“2026-02-30”不是一个日期，请写作 2026-03-02" in said
    assert "没有区划代码 339999" in said
    assert "结束早于开始" in said
    assert "请写作 2026-03-10..2026-03-16" in said


@pytest.mark.parametrize(
    "words",
    [
        ["due", "police.transfer", "--from", "2026-03-02"],
        ["due", "police.case", "--from", "2026-03-02T25:00"],
        ["due", "police.case", "--from", "2026-03-02", "--region", "33080"],
        ["due", "confirmation.decide", "--from", "2026-03-02", "--by", "0", "--extended"],
        ["due", "prosecution.review", "--from", "2026-03-02", "--restarted", "2026-03-01"],
        ["due", "police.case", "--from", "2026-03-02", "--variant", "specialist"],
        ["due", "mediation.conduct", "--from", "2026-03-02", "--variant", "speciality"],
        ["due", "police.case", "--from", "2026-03-02", "--version", "court.file@2024-01-01"],
        ["due", "police.consent.both", "--from", "2026-03-02"],
        ["calendar", "2199"],
        ["map", "没有的类别", "--from", "警情", "--to", "人民调解"],
        ["check", "--tables", "nowhere"],
        ["import", "--plan", "nowhere.xlsx"],
    ],
    ids=" ".join,
)
def test_a_question_that_makes_no_sense_leaves_with_3(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code, said = refused(capsys, *words)

    assert code == 3
    assert said.startswith("✗ ")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["due"],
        ["due", "police.case"],
        ["due", "confirmation.decide", "--from", "2026-03-02", "--by", "5"],
        ["diff", "--at", "2026-01-01"],
        ["diff", "--at", "2026-01-01", "--at", "2026-01-02", "--at", "2026-01-03"],
        ["import", "a.xlsx"],
    ],
    ids=" ".join,
)
def test_wrong_usage_leaves_with_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert refused(capsys, *words)[0] == 2


def test_a_script_is_told_what_is_wrong_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        law_program.run(["due", "polic.case", "--from", "2026-03-02", "--json"], "fengqiao law")

    assert json.loads(capsys.readouterr().out)["nearest"] == ["police.case"]


def test_an_unknown_ground_is_refused_with_those_that_are_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paused = ("due", "police.case", "--from", "2026-03-02", "--paused")
    restarted = ("due", "prosecution.review", "--from", "2026-03-02", "--restarted")

    for words, known in (
        ((*paused, "2026-03-10..2026-03-16 鉴定人"), "鉴定或鉴定评估（appraisal）"),
        ((*paused, "2026-03-10..2026-03-16 apraisal"), "听证（hearing）"),
        ((*restarted, "2026-03-22 鉴定"), "补充侦查完毕移送（supplementary_investigation）"),
    ):
        code, said = refused(capsys, *words)

        assert code == 3
        assert "不认识的事由" in said
        assert known in said


def test_an_unknown_variant_is_refused_with_those_that_are_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = ("--from", "2026-03-02", "--variant", "speciality")

    assert "只有：specialist" in refused(capsys, "due", "mediation.conduct", *wrong)[1]
    assert "不分情形" in refused(capsys, "due", "police.case", *wrong)[1]


def test_the_due_date_of_a_condition_is_a_wrong_question_about_a_known_rule(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """3 and not 4: the id stands in the tables, so no nearest id would help."""
    code, said = refused(capsys, "due", "police.consent.both", "--from", "2026-03-02")

    assert code == 3
    assert "是条件，不是期限" in said
    assert "fengqiao law show police.consent.both" in said


# When a limit ends


def test_a_due_date_comes_with_its_article_and_every_step(asked: Ask) -> None:
    answer = asked(
        "due", "police.case", "--from", "2026-03-02", "--paused",
        "2026-03-28..2026-04-07 appraisal", "--extended", "--region", "330803",
    )  # fmt: skip

    assert answer["due"] == "2026-05-12"
    assert (answer["status"], answer["unit"], answer["article"]) == ("known", "day", "第118条")
    assert answer["instrument"] == "《治安管理处罚法》（2025年修订）"
    assert (answer["extended"], answer["rolled"]) == (True, False)
    assert [step.partition("：")[0] for step in answer["steps"]] == ["起算", "扣除", "延长"]


def test_what_the_text_does_not_allow_is_refused_and_the_date_stays(asked: Ask) -> None:
    plain = asked("due", "petition.handle", "--from", "2026-03-02")
    paused = asked(
        "due", "petition.handle", "--from", "2026-03-02", "--paused", "2026-03-05..2026-03-20"
    )
    twice = asked("due", "petition.handle", "--from", "2026-03-02", "--extended", "--extended")

    assert plain["due"] == paused["due"] == "2026-05-01"
    assert (plain["pause_refused"], paused["pause_refused"]) == (False, True)
    assert (twice["due"], twice["extension_refused"]) == ("2026-05-31", True)


def test_a_ground_is_named_in_chinese_or_by_its_code(asked: Ask) -> None:
    case = ("due", "police.case", "--from", "2026-03-02", "--paused")
    review = ("due", "prosecution.review", "--from", "2026-03-02")
    by_code = asked(*case, "2026-03-10..2026-03-16 appraisal")
    in_chinese = asked(*case, "2026-03-10..2026-03-16 鉴定")
    mediating = asked(*case, "2026-03-10..2026-03-16 调解")
    anew = asked(*review, "--restarted", "2026-03-22 补充侦查完毕移送")
    other = asked(*review, "--paused", "2026-03-10..2026-03-16 鉴定")

    assert in_chinese == by_code
    assert in_chinese["due"] == "2026-04-08"
    assert (mediating["due"], mediating["pause_refused"]) == ("2026-04-01", True)
    assert anew["due"] == "2026-04-22"
    assert other["pause_refused"], "a criminal case waits for a psychiatric appraisal only"


def test_hours_are_counted_from_a_local_time(asked: Ask) -> None:
    local = asked("due", "police.transfer", "--from", "2026-03-02T15:30")
    far = asked("due", "police.transfer", "--from", "2026-03-02T07:30+00:00")

    assert local["due"] == far["due"] == "2026-03-03T15:30"
    (told,) = local["steps"]
    assert "之时（2026-03-02 15:30）起连续计算，期限 24小时，至 2026-03-03 15:30" in told


def test_a_date_past_the_calendar_is_unknown_and_not_guessed(asked: Ask) -> None:
    answer = asked("due", "police.case", "--from", "2026-12-10")

    assert (answer["status"], answer["due"]) == ("unknown", None)
    assert answer["not_before"] == "2027-01-09"


def test_where_no_limit_is_known_none_is_made_up(asked: Ask) -> None:
    here = asked("due", "mediation.accept", "--from", "2026-03-02", "--region", "330803")
    hainan = asked("due", "mediation.accept", "--from", "2026-03-02", "--region", "460100")

    assert (here["status"], here["due"], here["article"]) == ("unknown", None, None)
    assert (hainan["status"], hainan["due"]) == ("known", "2026-03-05")


def test_a_running_clock_keeps_its_version(asked: Ask) -> None:
    today = asked("due", "police.case", "--from", "2026-03-02")
    bound = asked(
        "due", "police.case", "--from", "2026-03-02", "--version", "police.case@2013-01-01"
    )

    assert today["version"] == "police.case@2026-01-01"
    assert (bound["version"], bound["article"]) == ("police.case@2013-01-01", "第99条")


def test_custody_and_supplementary_investigation(asked: Ask) -> None:
    rule, start = "prosecution.review", "2026-01-16"
    free = asked("due", rule, "--from", start)
    held = asked("due", rule, "--from", start, "--in-custody")
    anew = asked("due", rule, "--from", start, "--restarted", "2026-03-02")
    other = asked("due", "police.case", "--from", start, "--restarted", "2026-03-02")

    assert (free["due"], free["rolled"]) == ("2026-02-24", True)
    assert (held["due"], held["rolled"]) == ("2026-02-16", False)
    assert anew["due"] == "2026-04-02"
    assert other["restart_refused"]


def test_a_clerk_reads_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    law_program.run(["due", "police.case", "--from", "2026-03-02"], "fengqiao law")

    page = capsys.readouterr().out
    assert "依据：《治安管理处罚法》（2025年修订）第118条" in page
    assert "届满：2026-04-01（周三）" in page
    assert "未经审签" in page


# What stands in the tables


def test_a_rule_is_shown_in_every_version_and_place(asked: Ask) -> None:
    shown = asked("show", "mediation.conduct")

    places = [(one["region"], one["article"], one["mark"]) for one in shown["versions"]]
    assert places == [("CN", "第33条", "P"), ("46", "第26条", "P"), ("46", "第26条", "P")]
    assert all(one["signature"] == "未经审签" for one in shown["versions"])


def test_the_list_is_narrowed_by_family_instrument_and_place(asked: Ask) -> None:
    by_link = asked("list", "--link", "petition")["rules"]
    by_instrument = asked("list", "--instrument", "法律援助法")["rules"]
    elsewhere = {one["rule"] for one in asked("list", "--region", "330803")["rules"]}

    assert {one["rule"].partition(".")[0] for one in by_link} == {"petition"}
    assert {one["instrument"] for one in by_instrument} == {"《法律援助法》"}
    assert "local.houma.small" not in elsewhere
    assert "levels.three_levels_four_steps" in elsewhere


def test_the_packaged_tables_are_clean(asked: Ask) -> None:
    checked = asked("check")

    assert (checked["clean"], checked["faults"]) == (True, [])
    assert set(checked["counts"]) == {"clock", "gate", "levels", "practice"}
    assert checked["examples"] > 3 * checked["counts"]["clock"]


def test_an_example_that_comes_out_otherwise_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clocks").mkdir()
    (tmp_path / "clocks" / "local.yaml").write_text(
        "rows: [{id: local.accept, title_zh: 某, title_en: a, instrument: 人民调解法,"
        " article: 第17条, valid_from: 2020-01-01, region: '330803', basis: regional, mark: L,"
        " start_act_zh: 收到, start_act_en: receipt, unit: day, budget: 3, rolls: false,"
        " examples: ["
        " {start: 2026-03-02, due: 2026-03-05, why: 一},"
        " {start: 2026-03-03, due: 2026-03-06, why: 二},"
        " {start: 2026-03-04, due: 2026-03-09, why: 三}]}]\n",
        encoding="utf-8",
    )

    code, said = refused(capsys, "check", "--tables", str(tmp_path))

    assert code == 3
    assert said.count("✗") == 1
    assert "算得 2026-03-07，写的是 2026-03-09" in said


def test_the_difference_between_two_days_is_what_a_new_law_changed(asked: Ask) -> None:
    changed = asked("diff", "--at", "2026-01-01", "--at", "2025-12-31")

    assert (changed["from"], changed["to"]) == ("2025-12-31", "2026-01-01")
    (case,) = [one for one in changed["changed"] if one["rule"] == "police.case"]
    assert (case["before"]["article"], case["after"]["article"]) == ("第99条", "第118条")
    assert asked("diff", "--at", "2026-01-02", "--at", "2026-01-03")["changed"] == []


def test_a_year_is_printed_with_its_make_up_days(asked: Ask) -> None:
    year = asked("calendar", "2026")

    assert year["year"] == 2026
    assert any("2026-02-14" in holiday["make_up"] for holiday in year["holidays"])


def test_a_number_tells_its_kind_and_our_own_code_is_known(asked: Ask) -> None:
    case = asked("number", "(2026)豫0402诉前调123号")

    assert (case["kind"], case["valid"]) == ("court_case", True)
    assert case["canonical"] == "（2026）豫0402诉前调123号"


def test_an_invalid_number_is_told_and_leaves_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        law_program.run(["number", "11010519491231002Y", "--json"], "fengqiao law")

    wrong = json.loads(capsys.readouterr().out)
    assert left.value.code == 1
    assert (wrong["kind"], wrong["valid"], bool(wrong["problem"])) == ("citizen_id", False, True)


def test_a_category_is_told_in_the_words_of_another_list(asked: Ask) -> None:
    crossed = asked("map", "邻里纠纷", "--from", "警情", "--to", "人民调解")

    assert "邻里" in crossed["answers"][0]["name"]


def test_a_list_of_which_a_newer_version_was_not_read_says_so(asked: Ask) -> None:
    (note,) = asked("map", "健康权纠纷", "--from", "案由", "--to", "人民调解")["notes"]

    assert "2026-01-01 起施行，清单原文没有读到" in note


# The program itself


def run_whole(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "fengqiao", *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_question_to_the_law_imports_nothing_of_the_exchange() -> None:
    """What keeps `fengqiao law due` under 400 ms."""
    done = run_whole(["law", "due", "police.case", "--from", "2026-03-02", "--json"])

    assert done.returncode == 0
    assert json.loads(done.stdout)["due"] == "2026-04-01"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert imported.isdisjoint({"pydantic", "typer", "asyncpg", "aiokafka", "fastapi", "stdnum"})
