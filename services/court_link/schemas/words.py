"""The words of the court's forms and the codes that they stand for."""

from collections.abc import Mapping
from typing import Literal

RefusalGround = Literal["scope", "jurisdiction", "identity", "other_procedure", "title"]
REFUSAL_GROUNDS: Mapping[str, RefusalGround] = {
    "不属于法院受理范围": "scope",
    "不属于本院管辖": "jurisdiction",
    "确认身份关系": "identity",
    "适用其他特别程序": "other_procedure",
    "涉及确权": "title",
}
"""民诉解释 355."""

DismissalGround = Literal[
    "mandatory_law", "harm", "public_order", "involuntary", "unclear", "other"
]
DISMISSAL_GROUNDS: Mapping[str, DismissalGround] = {
    "违反法律强制性规定": "mandatory_law",
    "损害国家公共利益或者他人权益": "harm",
    "违背公序良俗": "public_order",
    "违反自愿原则": "involuntary",
    "内容不明确": "unclear",
    "其他不能确认的情形": "other",
}
"""民诉解释 358."""

Result = Literal["valid", "dismissed"]
RESULTS: Mapping[str, Result] = {
    "裁定有效": "valid",
    "有效": "valid",
    "驳回申请": "dismissed",
    "驳回": "dismissed",
}
