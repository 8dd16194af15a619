"""The papers of the story: forms as they are printed, people who do not exist, scans of nothing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sandbox.people import InventedPerson

Paper = Mapping[str, Any]

SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""A scan of an empty page."""

PDF = "application/pdf"

NOT_PUNISHED = "不予处罚"
CASE_RESUMED = "恢复办理"


def police_referral(
    number: str,
    station: str,
    place: str,
    people: Sequence[InventedPerson],
    day: date,
    **changes: Any,
) -> dict[str, Any]:
    """公调对接移送表 of a quarrel over a wall that ended in a push and a slight injury."""
    pusher, pushed = people
    return {
        "接警单号": number,
        "报警时间": f"{day.isoformat()}T07:40:00+08:00",
        "警情类别": "治安案件",
        "派出所代码": station,
        "当事人": [
            _party(pusher, "违法嫌疑人"),
            _party(pushed, "被侵害人"),
        ],
        "案发地点": {"区划代码": place, "详址": "村口围墙边"},
        "简要案情": f"{pusher.name}与{pushed.name}因共用围墙争吵，推搡致后者手臂擦伤。",
        "处置情况": "民警到场制止，双方愿意调解。",
        "立案时间": day.isoformat(),
        "违法行为": "殴打他人",
        "情节": "情节较轻",
        "纠纷起因": "邻里",
        "纠纷类别": "邻里",
        "双方调解意愿": [
            {"当事人序号": 1, "同意": True, "日期": day.isoformat()},
            {"当事人序号": 2, "同意": True, "日期": day.isoformat()},
        ],
        "排除情形": [],
        **changes,
    }


def _party(person: InventedPerson, role: str) -> dict[str, str]:
    return {
        "姓名": person.name,
        "身份": role,
        "公民身份号码": person.citizen_id,
        "电话": person.phone,
    }


def acceptance(day: date) -> Paper:
    return {"受理日期": day.isoformat(), "调解员人数": 2, "无回避情形声明": True}


def declining(reason: str) -> Paper:
    return {"理由": reason}


def session(day: date, number: int = 1) -> Paper:
    return {"调解次数": number, "调解日期": day.isoformat(), "双方到场": True}


def failure(reason: str = "分歧过大") -> Paper:
    return {"理由": reason, "已告知其他途径": True}


def written_agreement(day: date, scan: Mapping[str, str], due_on: Sequence[date]) -> Paper:
    return {
        "协议形式": "书面",
        "达成日期": day.isoformat(),
        "当事人签名盖章或者按指印": True,
        "调解员签名": True,
        "加盖调解委员会印章": True,
        "协议书": [dict(scan)],
        "履行安排": [
            {"期次": n, "履行期限": due.isoformat()} for n, due in enumerate(due_on, start=1)
        ],
    }


def performance(day: date, proof: Mapping[str, str], instalment: int = 1) -> Paper:
    return {"期次": instalment, "履行日期": day.isoformat(), "履行凭证": dict(proof)}


def breach(instalment: int) -> Paper:
    return {"期次": instalment, "已告知可以起诉": True}


def closing_application(day: date, scan: Mapping[str, str]) -> Paper:
    return {"申请日期": day.isoformat(), "申请人序号": [1, 2], "申请书": [dict(scan)]}


def closing(day: date, outcome: str = NOT_PUNISHED) -> Paper:
    return {"结案结果": outcome, "结案日期": day.isoformat(), "公安机关认可": True}


def confirmation_package(
    day: date,
    dispute: str,
    court: str,
    *,
    agreement: Mapping[str, str],
    application: Mapping[str, str],
    identity: Mapping[str, str],
) -> Paper:
    return {
        "案码": dispute,
        "申请法院": court,
        "申请日期": day.isoformat(),
        "双方共同申请": True,
        "调解协议书": dict(agreement),
        "申请书": dict(application),
        "主持调解证明": dict(agreement),
        "身份证明": [dict(identity)],
        "不予受理情形": [],
    }


def court_acceptance(day: date) -> Paper:
    return {"立案日期": day.isoformat(), "案号": f"（{day.year}）浙0803民特12号"}


def court_refusal(ground: str) -> Paper:
    return {"不予受理情形": ground}


def court_ruling(day: date, dismissed_for: Sequence[str] = ()) -> Paper:
    result = "驳回申请" if dismissed_for else "裁定有效"
    return {
        "裁定结果": result,
        "裁定日期": day.isoformat(),
        "双方到场": True,
        "驳回情形": list(dismissed_for),
    }
