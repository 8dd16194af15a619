"""Who may what: every route of every service, and what it answers to each actor.

403 says that the door or the purpose is not open to that kind of agency; 404 that the dispute is
none of its business, as if there were none; 409, 410 and 422 are the answers of somebody who was
let in and asked for what cannot be done now. None: not asked here, since it would move the scene;
the journeys do.
"""

from collections.abc import Mapping
from typing import Any

from tests.security.dossier_matrix import OUTLINE, dossiers, files, registrations
from tests.security.routes import Answers, Route, all_answer, by_kind, route
from tests.security.scene import TAKEN_IN

INTAKE = [
    *dossiers(),
    *files(),
    *registrations(),
    route(
        "intake",
        "POST /v1/files",
        all_answer(404, origin=201, holder=201, court=201),
        query="?dispute={code}&purpose=evidence",
    ),
    route(
        "intake",
        "POST /v1/disputes",
        by_kind(committees=201),
        {
            "来源": "窗口",
            "纠纷类别": "婚姻家庭",
            "地点": {"区划代码": TAKEN_IN},
            "敏感": True,
            "纸质卷宗存放处": "综治中心档案柜",
        },
    ),
    route(
        "intake",
        "POST /v1/disputes/{code}:erase",
        all_answer(403, operator=409),
        {"删除依据": "本人请求"},
        code="{sensitive}",
    ),
]

STOOD = frozenset(
    {
        *("dispute_code", "sequence", "acts_allowed", "lead_code"),
        *("stage", "origin", "holder", "referrals", "clocks", "confirmation"),
        *("agreement_form", "instalments_due", "instalments_paid", "performance_due"),
    }
)
INSIDERS = ("holder", "court", "centre", "operator")

ROUTING = [
    route(
        "routing",
        "GET /v1/disputes/{code}",
        all_answer(200, other_station=404, other_committee=404, former=404, superior=404),
        keys={
            **dict.fromkeys(INSIDERS, STOOD | OUTLINE),
            "origin": STOOD,
            "offered": OUTLINE | {"dispute_code", "sequence", "acts_allowed"},
        },
    ),
    *(
        route(
            "routing",
            f"GET /v1/disputes/{{code}}/{page}",
            all_answer(
                200, other_station=404, other_committee=404, former=404, superior=404, offered=403
            ),
        )
        for page in ("ledger", "explain")
    ),
    route(
        "routing",
        "POST /v1/routes:simulate",
        all_answer(200),
        {"纠纷类别": "neighbourhood", "地点": TAKEN_IN},
    ),
]

FILE = {"文件编号": "{file}", "密文摘要": "0" * 64}

STATUS = frozenset(
    {
        *("dispute_code", "stage", "sequence", "holder", "limits", "confirmation", "agreement"),
        *("timeline", "pending", "refused", "acts_allowed"),
    }
)
"""What a door tells of a dispute to who may see where it stands."""

OWN_REFERRAL = frozenset(
    {
        *("referral_id", "purpose", "mode", "level", "sender", "receiver", "status"),
        *("dispute_code", "acts_allowed"),
    }
)
OFFERED = OWN_REFERRAL | {"sequence", "limits", "pending", "refused", "kind", "place"}

POLICE_LINK = [
    route(
        "police_link",
        "POST /police/v1/referrals",
        by_kind(police=422),
        {"接警单号": "JJ00000009"},
    ),
    route(
        "police_link",
        "GET /police/v1/referrals/{number}",
        by_kind(police=404, origin=200),
        number="{code}",
        keys={"origin": STATUS | {"own_number"}},
    ),
    route(
        "police_link",
        "GET /police/v1/referrals/{number}",
        by_kind(police=404, origin=200),
        number="JJ00000001",
        keys={"origin": STATUS | {"own_number"}},
    ),
    route(
        "police_link",
        "POST /police/v1/referrals/{number}:apply-closing",
        by_kind(police=404, origin=409),
        {"申请日期": "2026-03-03", "申请人序号": [1, 2], "申请书": [FILE]},
        number="{code}",
    ),
    route(
        "police_link",
        "POST /police/v1/referrals/{number}:close",
        by_kind(police=404, origin=409),
        {"结案结果": "不予处罚", "结案日期": "2026-03-03", "公安机关认可": True},
        number="{code}",
    ),
]

DAY = "2026-03-02"
ON_REFERRAL: Mapping[str, tuple[Mapping[str, Any], Answers]] = {
    "accept": (
        {"受理日期": DAY, "调解员人数": 2, "无回避情形声明": True},
        by_kind(committees=404, holder=409, offered=None),
    ),
    "decline": ({"理由": "没有调解力量"}, by_kind(committees=404, holder=409, offered=None)),
    "start": (
        {"调解次数": 1, "调解日期": DAY, "双方到场": True},
        by_kind(committees=404, holder=409, offered=409),
    ),
    "fail": (
        {"理由": "分歧过大", "已告知其他途径": True},
        by_kind(committees=404, holder=409, offered=409),
    ),
    "agree": (
        {
            "协议形式": "口头",
            "达成日期": DAY,
            "已记录协议内容": True,
            "履行安排": [{"期次": 1, "履行期限": "2026-03-20"}],
        },
        by_kind(committees=404, holder=409, offered=409),
    ),
    "perform": (
        {"期次": 9, "履行日期": DAY, "履行凭证": FILE},
        by_kind(committees=404, holder=422, offered=409),
    ),
    "breach": (
        {"期次": 9, "已告知可以起诉": True},
        by_kind(committees=404, holder=422, offered=409),
    ),
}

MEDIATION = [
    route("mediation", "GET /mediation/v1/referrals", by_kind(committees=200)),
    route(
        "mediation",
        "GET /mediation/v1/referrals/{referral_id}",
        by_kind(committees=404, holder=200, offered=200),
        referral_id="{referral}",
        keys={"holder": OWN_REFERRAL | STATUS, "offered": OFFERED},
    ),
    route("mediation", "GET /mediation/v1/disputes/{code}", by_kind(committees=404)),
    *(
        route(
            "mediation",
            f"POST /mediation/v1/referrals/{{referral_id}}:{act}",
            answers,
            form,
            referral_id="{referral}",
        )
        for act, (form, answers) in ON_REFERRAL.items()
    ),
    route(
        "mediation",
        "POST /mediation/v1/disputes/{code}:close",
        by_kind(committees=404),
        {"办结结果": "已化解", "办结日期": DAY},
    ),
]

COURT_LINK = [
    route(
        "court_link",
        "POST /court/v1/confirmations",
        by_kind(committees=404, holder=409),
        {
            "案码": "{code}",
            "申请法院": "CT-330803000000-01",
            "申请日期": DAY,
            "双方共同申请": True,
            "不予受理情形": [],
        },
    ),
    route(
        "court_link",
        "GET /court/v1/referrals/{referral_id}",
        by_kind(court=200),
        referral_id="{asked}",
        keys={"court": OWN_REFERRAL | STATUS | {"case_number"}},
    ),
    route(
        "court_link",
        "POST /court/v1/referrals/{referral_id}:accept",
        by_kind(court=409),
        {"立案日期": DAY, "案号": "（2026）浙0803民特13号"},
        referral_id="{asked}",
    ),
    route(
        "court_link",
        "POST /court/v1/referrals/{referral_id}:refuse",
        by_kind(court=None),
        {"不予受理情形": "不属于法院受理范围"},
        referral_id="{asked}",
    ),
    route(
        "court_link",
        "POST /court/v1/referrals/{referral_id}:rule",
        by_kind(court=None),
        {"裁定结果": "裁定有效", "裁定日期": DAY, "双方到场": True},
        referral_id="{asked}",
    ),
]


def mailbox(service: str, handoff: str, listed: Answers, answered: Answers) -> list[Route]:
    return [
        route(service, "GET /v1/handoffs", listed),
        route(service, "POST /v1/handoffs/{handoff_id}:answer", answered, handoff_id=handoff),
    ]


MAILBOXES = [
    *mailbox("police_link", "{to_origin}", by_kind(police=200), by_kind(police=404, origin=200)),
    *mailbox("court_link", "{to_court}", by_kind(court=200), by_kind(court=200)),
    *mailbox(
        "mediation",
        "{to_holder}",
        by_kind(committees=200),
        by_kind(committees=404, holder=200, offered=200),
    ),
]

KEY = {
    "密钥编号": "{holder}/no-thumbprint",
    "算法": "ed25519",
    "公钥": "AAAA",
    "生效时间": "2026-03-02T00:00:00+08:00",
}

DIRECTORY = [
    route("directory", "GET /v1/agencies", all_answer(200), query="?limit=1"),
    route("directory", "GET /v1/agencies/{code}", all_answer(200), code="{holder}"),
    route("directory", "GET /v1/divisions/{code}", all_answer(200), code=TAKEN_IN),
    route(
        "directory", "POST /v1/agencies", all_answer(403, operator=422), {"机构代码": "{holder}"}
    ),
    route(
        "directory",
        "POST /v1/agencies/{code}:delivery",
        all_answer(403, holder=422, offered=422, operator=422),
        {"方式": "推送", "推送地址": "http://192.168.1.1/handoffs"},
        code="{holder}",
    ),
    route(
        "directory",
        "POST /v1/agencies/{code}/keys",
        all_answer(403, holder=422, offered=422, operator=422),
        KEY,
        code="{holder}",
    ),
    route(
        "directory",
        "POST /v1/agencies/{code}/keys/{name}:retire",
        all_answer(403, holder=404, offered=404, operator=404),
        code="{holder}",
        name="no-such-key",
    ),
    route(
        "directory",
        "POST /v1/agencies/{code}:abolish",
        all_answer(403, operator=422),
        {"承接机构": "PM-330803999999-01"},
        code="{holder}",
    ),
]


def operations(service: str) -> list[Route]:
    """Open to the operator alone; here nothing is parked, and only routing keeps a ledger."""
    known, ledger = (404, 404) if service == "directory" else (200, 404)
    ledger = 200 if service == "routing" else ledger
    return [
        *(
            route(service, f"GET /ops/{page}", all_answer(403, operator=200))
            for page in ("parked", "alarms", "quarantine")
        ),
        route(service, "GET /ops/parked/{code}", all_answer(403, operator=404)),
        route(service, "POST /ops/parked/{code}:release", all_answer(403, operator=known)),
        route(
            service,
            "POST /ops/parked/{code}:discard",
            all_answer(403, operator=404),
            {"event_id": "nobody's", "because": "undecodable"},
        ),
        route(service, "POST /ops/ledger/{code}:resend", all_answer(403, operator=ledger)),
        route(
            service,
            "POST /ops/handoffs/{handoff_id}:resend",
            all_answer(403, operator=404),
            handoff_id="nobody's",
        ),
        route(
            service,
            "POST /ops/alarms/{kind}:clear",
            all_answer(403, operator=200),
            query="?subject={code}",
            kind="no_agency",
        ),
    ]


OWN = [*DIRECTORY, *INTAKE, *ROUTING, *POLICE_LINK, *MEDIATION, *COURT_LINK, *MAILBOXES]
SERVICES = tuple(dict.fromkeys(one.service for one in OWN))
MATRIX = [*OWN, *(one for service in SERVICES for one in operations(service))]
