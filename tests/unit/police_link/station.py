"""The station's printed form, as its system would send it."""

from datetime import date
from typing import Any

from sandbox.people import person
from services.police_link.mapping import Referral, referral_of
from services.police_link.schemas import ReferralForm
from tests.unit.doors.scene import STATION, VILLAGE

CHILD = date(2012, 5, 1)
YOUTH = date(2009, 5, 1)


def paper(**changes: Any) -> dict[str, Any]:
    """A 治安 case of two neighbours that may be mediated; `changes` replace printed fields."""
    suspect, victim = person(1), person(2)
    form: dict[str, Any] = {
        "接警单号": "J3308030302001",
        "报警时间": "2026-03-02T09:30:00",
        "警情类别": "治安",
        "派出所代码": STATION,
        "当事人": [party(suspect, "违法嫌疑人"), party(victim, "被侵害人")],
        "案发地点": {"区划代码": VILLAGE, "详址": "某村 1 号"},
        "简要案情": "因院墙发生推搡，被侵害人轻微伤。",
        "处置情况": "已到场制止。",
        "立案时间": "2026-03-02",
        "违法行为": "殴打他人",
        "情节": "情节较轻",
        "纠纷起因": "邻里",
        "纠纷类别": "邻里",
        "双方调解意愿": [
            {"当事人序号": 1, "同意": True, "日期": "2026-03-02"},
            {"当事人序号": 2, "同意": True, "日期": "2026-03-02"},
        ],
        "排除情形": [],
        "紧急程度": "一般",
    }
    return {k: v for k, v in {**form, **changes}.items() if v is not None}


def quarrel(**changes: Any) -> dict[str, Any]:
    """A dispute that is no 治安 case."""
    return paper(
        **{
            "警情类别": "纠纷",
            "立案时间": None,
            "违法行为": None,
            "情节": None,
            "纠纷起因": None,
            "当事人": [party(person(1), "申请人"), party(person(2), "对方")],
            "已告知救济途径": True,
            **changes,
        }
    )


def party(who: Any, role: str, **more: Any) -> dict[str, Any]:
    return {
        "姓名": who.name,
        "身份": role,
        "公民身份号码": who.citizen_id,
        "电话": who.phone,
        "住址": "某村",
        **more,
    }


def referral(form: dict[str, Any]) -> Referral:
    return referral_of(ReferralForm.model_validate(form), sealed="sealed.jwe")
