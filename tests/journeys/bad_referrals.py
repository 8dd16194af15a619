"""Referrals as they should not be: each bad input of the police's form with its exact answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.story.wall_quarrel import WallQuarrel

ABOLISHED = "PM-330803200000-01"
"""灰坪乡: the list of 2025 does not show it any more."""


@dataclass(frozen=True, slots=True)
class BadReferral:
    """What is changed of a good one, left out of it, and how that is answered.

    `errors` are all the errors by their JSON Pointers, each with its stable code.
    """

    errors: Mapping[str, str]
    changes: Mapping[str, Any] = field(default_factory=dict)
    without: str | None = None
    code: str = "not_valid"

    def of(self, story: WallQuarrel) -> dict[str, Any]:
        form = {**story.referral(), **self.changes}
        return {name: value for name, value in form.items() if name != self.without}


BAD_REFERRALS: Mapping[str, BadReferral] = {
    "unknown field": BadReferral({"/当事人职业": "unknown_field"}, {"当事人职业": "无"}),
    "missing field": BadReferral({"/接警单号": "missing_field"}, without="接警单号"),
    "wrong code": BadReferral({"/警情类别": "unknown_code"}, {"警情类别": "盗抢"}),
    "unknown station": BadReferral(
        {"/派出所代码": "unknown_agency"}, {"派出所代码": "330803999999"}
    ),
    "another's station": BadReferral(
        {"/派出所代码": "not_your_station"}, {"派出所代码": "330803510000"}
    ),
    "unknown receiver": BadReferral(
        {"/收件机构": "unknown_agency"}, {"收件机构": "PM-330803112999-01"}
    ),
    "receiver that is no more": BadReferral(
        {"/收件机构": "abolished_agency"}, {"收件机构": ABOLISHED}
    ),
    "place outside the county": BadReferral(
        {"/案发地点/区划代码": "outside_county"}, {"案发地点": {"区划代码": "330802001001"}}
    ),
    "place that there is not": BadReferral(
        {"/案发地点/区划代码": "unknown_place"}, {"案发地点": {"区划代码": "330803999001"}}
    ),
    "time that does not parse": BadReferral({"/报警时间": "not_a_time"}, {"报警时间": "昨天早上"}),
    "matter that may not be mediated": BadReferral(
        {
            "/违法行为": "police.excluded.gang",
            "/情节": "police.circumstances.minor",
            "/纠纷起因": "police.cause.civil",
            "/排除情形/0": "police.excluded.hired",
        },
        {
            "违法行为": "结伙斗殴",
            "情节": "严重",
            "纠纷起因": "非民间纠纷",
            "排除情形": ["雇凶伤害他人"],
        },
        code="may_not_be_mediated",
    ),
    "everything at once": BadReferral(
        {
            "/当事人职业": "unknown_field",
            "/警情类别": "unknown_code",
            "/案发地点/区划代码": "bad_format",
            "/此前报警次数": "not_a_number",
            "/接警单号": "missing_field",
        },
        {
            "当事人职业": "无",
            "警情类别": "盗抢",
            "案发地点": {"区划代码": "廿里"},
            "此前报警次数": "三次",
        },
        without="接警单号",
    ),
}
