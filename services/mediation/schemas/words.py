"""The words of a committee's forms and the codes that they stand for."""

from collections.abc import Mapping
from typing import Literal

from exchange.contracts.vocabulary import AgreementForm, DeclineReason, FailReason

DECLINE_REASONS: Mapping[str, DeclineReason] = {
    "需要回避": "conflict_of_interest",
    "不属于受理范围": "out_of_scope",
    "不属于本地": "not_our_place",
    "没有调解力量": "no_capacity",
    "由专门机关管辖": "special_organ",
    "法院或者有关机关已受理": "court_has_it",
    "有现实危险": "danger",
    "其他": "other",
}

FAIL_REASONS: Mapping[str, FailReason] = {
    "一方拒绝": "refused",
    "分歧过大": "deadlocked",
    "联系不上": "unreachable",
    "撤回申请": "withdrawn",
    "期限届满": "expired",
    "不宜继续调解": "unfit",
}

AGREEMENT_FORMS: Mapping[str, AgreementForm] = {"书面": "written", "口头": "oral"}

Outcome = Literal["settled", "unsettled"]
OUTCOMES: Mapping[str, Outcome] = {"已化解": "settled", "未化解": "unsettled"}
