"""What printed forms say of a matter: its kind, its urgency, its place, what happened."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from exchange.contracts.divisions import DivisionCode
from exchange.contracts.model import Form
from exchange.contracts.vocabulary import Level, Urgency
from exchange.doors.citizen import Address

NARRATIVE_CHARS_MAX = 20_000

KINDS: Mapping[str, str] = {
    "婚姻家庭": "marriage_family",
    "邻里": "neighbourhood",
    "房屋宅基地": "housing_homestead",
    "合同": "contract",
    "生产经营": "production_business",
    "损害赔偿": "damages",
    "山林土地": "forest_land",
    "征地拆迁": "land_requisition",
    "环境污染": "environmental_pollution",
    "拖欠农民工工资": "migrant_wages",
    "其他劳动争议": "other_labour",
    "旅游": "tourism",
    "电子商务": "e_commerce",
    "其他消费": "other_consumer",
    "医疗": "medical",
    "道路交通事故": "road_traffic",
    "物业": "property_management",
    "其他": "other",
}
"""司法部's kinds; a test holds them against the directory's facts."""

URGENCIES: Mapping[str, Urgency] = {
    "一般": "ordinary",
    "紧急": "urgent",
    "有危险": "danger",
    "危险": "danger",
}

Narrative = Annotated[str, StringConstraints(min_length=1, max_length=NARRATIVE_CHARS_MAX)]


class PlaceForm(Form):
    """地点: the 12-digit division, and the address in words."""

    division: DivisionCode = Field(alias="区划代码")
    address: Address | None = Field(None, alias="详址")


def level_of(place: str) -> Level:
    """Where the ladder starts, from the zeros of a 12-digit division."""
    if not place.endswith("000"):
        return "village"
    return "county" if place.endswith("000000") else "township"
