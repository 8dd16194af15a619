"""A day, a time and a period as people write them: what is refused first, then every usual form."""

from datetime import date, datetime

import pytest

from fengqiao.cli.law.written_days import a_day, a_day_with_ground, a_moment, a_period
from law import SHANGHAI

MARCH_2 = date(2026, 3, 2)
HALF_PAST_THREE = datetime(2026, 3, 2, 15, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "written", ["3/2/2026", "02-03-2026", "26-3-2", "26.3.2", "3月2日", "26年3月2日", "3/2"]
)
def test_what_may_be_read_in_two_ways_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(ValueError, match="分不清年、月、日，请把四位的年写在最前，如 2026-03-02"):
        a_day(written)


@pytest.mark.parametrize(
    "written",
    ["", "今天", "2026-03", "2026-W10", "2026-02-30", "2026-3/2", "46083", "2026-03-021"],
)
def test_what_is_no_day_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(ValueError, match="不是一个日期，请写作 2026-03-02 或 2026年3月2日"):
        a_day(written)


@pytest.mark.parametrize("written", ["0026-03-02", "1026-03-02", "9999-12-31"])
def test_a_year_of_no_act_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="核对年份"):
        a_day(written)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T25:00",
        "2026-03-02T24:00",
        "2026-03-02 15:3",
        "2026-03-02 下午3:30",
        "2026年3月2日下午3时",
        "2026030215:30",
        "2026-03-02T15:30+99:00",
    ],
)
def test_what_is_no_time_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(ValueError, match="不是一个时刻，请写作 2026-03-02T15:30"):
        a_moment(written)


@pytest.mark.parametrize(
    "written",
    ["2026-03-10", "2026-03-10 2026-03-16", "三天", "..2026-03-16", "2026-03-10.."],
)
def test_what_is_no_period_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(ValueError, match=r"不是一段期间，请写作 2026-03-10\.\.2026-03-16"):
        a_period(written)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02",
        "2026-3-2",
        "2026/03/02",
        "2026/3/2",
        "2026.03.02",
        "2026.3.2",
        "2026年3月2日",
        "2026年03月02日",
        "2026年3月2号",
        "2026 年 3 月 2 日",
        "20260302",
        "２０２６年３月２日",
        "２０２６－０３－０２",
        "　2026／3／2 ",
    ],
)
def test_a_day_is_read_in_every_usual_form(written: str) -> None:
    assert a_day(written) == MARCH_2
    assert a_moment(written) == MARCH_2


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T15:30",
        "2026-03-02 15:30",
        "2026/3/2 15:30:00",
        "2026年3月2日15:30",
        "2026年3月2日 15时30分",
        "2026年3月2日15点30",
        "２０２６．３．２　１５：３０",
        "2026-03-02T07:30Z",
        "2026-03-02T07:30+00:00",
        "2026-03-02T15:30:00.000+0800",
    ],
)
def test_a_time_is_read_in_every_usual_form_and_is_of_shanghai_unless_told(written: str) -> None:
    assert a_moment(written) == HALF_PAST_THREE


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-10..2026-03-16 鉴定",
        "2026/3/10..2026/3/16  鉴定",
        "2026.3.10..2026.3.16 鉴定",
        "2026-03-10…2026-03-16 鉴定",
        "2026年3月10日至2026年3月16日 鉴定",
        "2026-03-10 至 2026-03-16 鉴定",
        "2026-03-10～2026-03-16　鉴定",
    ],
)
def test_a_period_has_two_days_and_its_ground(written: str) -> None:
    assert a_period(written) == (date(2026, 3, 10), date(2026, 3, 16), "鉴定")


def test_a_ground_may_be_left_out() -> None:
    assert a_period("2026-03-10..2026-03-16")[2] == ""
    assert a_day_with_ground("2026年3月2日") == (MARCH_2, "")
    assert a_day_with_ground("2026/3/2 补充侦查完毕移送") == (MARCH_2, "补充侦查完毕移送")
