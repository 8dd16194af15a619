"""A sensitive matter: number, kind and place alone, never offered by itself."""

from typing import Any

from fengqiao.cli.town_home import RunningTown
from sandbox.story import papers
from sandbox.story.town import Town
from sandbox.story.wall_quarrel import CENTRE
from tests.journeys.evidence import alarms, the_ledger_holds, told
from tests.journeys.quarrels import Quarrels

OFFLINE = "intake.sensitive.offline"


def sensitive(place: str, **said: Any) -> dict[str, Any]:
    return {
        "来源": "窗口",
        "纠纷类别": "婚姻家庭",
        "地点": {"区划代码": place},
        "敏感": True,
        "纸质卷宗存放处": "保密柜 7 格",
        **said,
    }


async def test_a_sensitive_matter_is_registered_by_number_kind_and_place_and_settled_off_line(
    running: RunningTown, town: Town, quarrels: Quarrels
) -> None:
    place = quarrels.another().place
    one, _ = quarrels.two_people()
    said = {
        "当事人": [{"姓名": one.name, "身份": "申请人"}],
        "案情": "不得写入。",
        "诉求": "不得写入。",
    }
    (refused,) = await town.play(CENTRE, "intake", "/v1/disputes", sensitive(place, **said))
    assert refused["status"] == 422
    assert {e["pointer"]: e["code"] for e in refused["body"]["errors"]} == {
        "/当事人": OFFLINE,
        "/案情": OFFLINE,
        "/诉求": OFFLINE,
    }

    answered = await town.call(CENTRE, "intake", "/v1/disputes", sensitive(place))
    dispute = answered["dispute_code"]
    registered = await town.event(dispute, "dispute.registered")
    assert registered.data["sensitive"] is True
    assert "dossier" not in registered.data
    assert any(
        a["subject"] == dispute for a in await alarms(running, "routing", "sensitive_matter")
    )
    files = f"/v1/files?dispute={dispute}&purpose=evidence"
    (scan,) = await town.play(
        CENTRE, "intake", files, file_b64="JVBERi0xLjQK", content_type=papers.PDF
    )
    assert (scan["status"], scan["body"]["code"]) == (409, "sensitive_offline")

    today = town.calendar.today.isoformat()
    form = {"办结结果": "已化解", "办结日期": today}
    closing = f"/mediation/v1/disputes/{dispute}:close"
    await town.call(CENTRE, "mediation", closing, form, until_known=True)
    await town.event(dispute, "dispute.closed")
    assert told(town, dispute) == ["dispute.registered", "dispute.closed"]
    await the_ledger_holds(running, dispute)
