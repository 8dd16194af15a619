"""Which version of a rule is in force, which was before it, and what is said where none is."""

import json
from collections.abc import Callable
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


def unknown(asked: Ask, rule: str, start: str, *words: str) -> str:
    """Why a due date is unknown."""
    answer = asked("due", rule, "--from", start, *words)
    assert (answer["status"], answer["due"], answer["version"]) == ("unknown", None, None)
    return str(answer["unknown"])


def test_before_the_first_version_it_is_said_from_when_the_first_is(asked: Ask) -> None:
    """Not that the place has no limit, and not that agencies may agree one."""
    why = unknown(asked, "police.case", "2011-01-02")

    assert "2011-01-02 没有适用的版本" in why
    assert (
        "最早的版本自 2013-01-01 起（police.case@2013-01-01，《治安管理处罚法》（2012年修正）"
        in why
    )
    assert "约定" not in why


def test_after_the_last_version_it_is_said_until_when_it_was(asked: Ask) -> None:
    why = unknown(asked, "consumer.accept", "2026-05-01")

    assert "之前的版本到 2026-04-14 止（consumer.accept@2020-01-01" in why


def test_where_only_another_place_has_the_limit_it_is_named(asked: Ask) -> None:
    why = unknown(asked, "mediation.accept", "2026-03-02", "--region", "330803")

    assert "浙江省衢州市衢江区没有录入这项期限，录入的有：海南省 46" in why
    assert "机构之间可以约定时限" in why
    assert "最早的版本自 2017-09-01 起" in unknown(
        asked, "mediation.accept", "2016-03-02", "--region", "460100"
    )


def test_every_version_says_how_it_stands_on_a_day(asked: Ask) -> None:
    shown = asked("show", "police.case", "--on", "2025年12月31日")

    assert shown["on"] == "2025-12-31"
    assert [(one["version"], one["standing"]) for one in shown["versions"]] == [
        ("police.case@2026-01-01", "not_yet"),
        ("police.case@2019-01-01", "in_force"),
        ("police.case@2013-01-01", "ended"),
    ]
    assert [(one["before"], one["after"]) for one in shown["versions"]] == [
        ("police.case@2019-01-01", None),
        ("police.case@2013-01-01", "police.case@2026-01-01"),
        (None, "police.case@2019-01-01"),
    ]


def test_versions_of_another_place_or_kind_of_case_do_not_follow_one_another(asked: Ask) -> None:
    shown = asked("show", "mediation.conduct", "--on", "2026-03-02")["versions"]

    assert {one["standing"] for one in shown} == {"in_force"}
    assert {(one["before"], one["after"]) for one in shown} == {(None, None)}


def test_a_clerk_sees_the_version_of_today_marked(capsys: pytest.CaptureFixture[str]) -> None:
    law_program.run(["show", "consumer.mediate", "--on", "2026-04-15"], "fengqiao law")

    page = capsys.readouterr().out
    assert "【现行】consumer.mediate@2026-04-15" in page
    assert "【已失效】consumer.mediate@2020-01-01" in page
    assert "之前是 consumer.mediate@2020-01-01" in page


def test_unless_told_the_day_is_today(asked: Ask) -> None:
    """A rule that began long ago and has no end is in force whenever this runs."""
    (version,) = asked("show", "mediation.free")["versions"]

    assert version["standing"] == "in_force"
