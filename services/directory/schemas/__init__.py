"""The forms of the directory: Chinese keys and words, English understood.

The JSON Schemas beside this file are generated from these models; a test holds them current.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from exchange.contracts.divisions import DivisionCode
from exchange.contracts.model import AgencyCode, Form, Instant
from exchange.contracts.vocabulary import AgencyKind, Level
from exchange.doors.words import Words

SPECIALTIES_MAX = 18
CONCURRENCY_MAX = 32
CAPACITY_MAX = 10_000
KEYS_GIVEN_MAX = 8

KINDS: Mapping[str, AgencyKind] = {
    "派出所": "police",
    "人民法院": "court",
    "人民调解委员会": "committee",
    "派驻调解室": "stationed_room",
    "专业性人民调解委员会": "specialist_committee",
    "矛调中心": "centre",
    "人民检察院": "procuratorate",
    "信访局": "petition_bureau",
    "司法局": "judicial_bureau",
    "对接总线": "exchange",
}

LEVELS: Mapping[str, Level] = {"村": "village", "乡镇": "township", "区县": "county"}
MODES: Mapping[str, str] = {"推送": "push", "信箱": "mailbox"}
USES: Mapping[str, str] = {"签名": "sign", "封装": "seal"}

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=500)]
KeyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{3,64}/[A-Za-z0-9._-]{1,64}$")]
NativeCode = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
PublicKey = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class DeliveryForm(Form):
    """投递方式: a signed POST to a URL, or the agency fetches from its mailbox."""

    mode: Annotated[Literal["push", "mailbox"], Words(MODES)] = Field("mailbox", alias="方式")
    url: Url | None = Field(None, alias="推送地址")
    concurrency: int = Field(4, alias="并发", ge=1, le=CONCURRENCY_MAX)


class KeyForm(Form):
    """公钥登记: `public` is base64 of the key's 32 bytes."""

    key_id: KeyId = Field(alias="密钥编号")
    use: Annotated[Literal["sign", "seal"], Words(USES)] = Field("sign", alias="用途")
    algorithm: str = Field(alias="算法", max_length=40)
    public: PublicKey = Field(alias="公钥")
    valid_from: Instant = Field(alias="生效时间")
    valid_to: Instant | None = Field(None, alias="失效时间")


class AgencyForm(Form):
    """机构登记表. `place` is the division that it serves, `parent` where a failed matter climbs.

    `native_code` is its code in its own system: the police's 12 digits, a court's 代字.
    """

    agency: AgencyCode = Field(alias="机构代码")
    name: Name = Field(alias="名称")
    kind: Annotated[AgencyKind, Words(KINDS)] = Field(alias="机构类型")
    level: Annotated[Level, Words(LEVELS)] = Field(alias="层级")
    place: DivisionCode = Field(alias="区划代码")
    parent: AgencyCode | None = Field(None, alias="上级机构")
    stationed_at: AgencyCode | None = Field(None, alias="派驻单位")
    specialties: tuple[str, ...] = Field((), alias="专长", max_length=SPECIALTIES_MAX)
    capacity: int = Field(0, alias="受理容量", ge=0, le=CAPACITY_MAX)
    abolished: bool = Field(False, alias="已撤销")
    native_code: NativeCode | None = Field(None, alias="本系统代码")
    delivery: DeliveryForm | None = Field(None, alias="投递方式")
    keys: tuple[KeyForm, ...] = Field((), alias="公钥", max_length=KEYS_GIVEN_MAX)


class RetireForm(Form):
    """停用密钥: from when on (now, where nothing is said)."""

    valid_to: Instant | None = Field(None, alias="失效时间")


class AbolishForm(Form):
    """撤销机构: who takes over, where anybody does."""

    successor: AgencyCode | None = Field(None, alias="承接机构")


FORMS: dict[str, type[Form]] = {
    "agency": AgencyForm,
    "delivery": DeliveryForm,
    "key": KeyForm,
    "retire": RetireForm,
    "abolish": AbolishForm,
}
