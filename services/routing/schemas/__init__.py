"""What may be asked of routing's door: a matter, to see where it would go.

The JSON Schemas beside this file are generated from these models; a test holds them current.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from exchange.contracts.divisions import DivisionCode
from exchange.contracts.events.intake import Matter
from exchange.contracts.model import AgencyCode, Form
from exchange.contracts.vocabulary import Level, Urgency
from exchange.doors.matters import URGENCIES
from exchange.doors.words import Words

LEVELS: Mapping[str, Level] = {"村级": "village", "乡镇级": "township", "区级": "county"}

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,39}$")]


class SimulateForm(Form):
    """A matter without anybody in it; `origin` is who would refer it (the asker, if left out)."""

    kind: Slug = Field(alias="纠纷类别")
    place: DivisionCode = Field(alias="地点")
    level: Annotated[Level, Words(LEVELS)] = Field("village", alias="起始层级")
    urgency: Annotated[Urgency, Words(URGENCIES)] = Field("ordinary", alias="紧急程度")
    origin: AgencyCode | None = Field(None, alias="来源机构")
    preferred: AgencyCode | None = Field(None, alias="收件机构")

    def matter(self) -> Matter:
        return Matter(
            kind=self.kind,
            place=self.place,
            level=self.level,
            urgency=self.urgency,
            preferred=self.preferred,
        )


FORMS: Mapping[str, type[Form]] = {"simulate": SimulateForm}
