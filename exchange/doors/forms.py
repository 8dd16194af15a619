"""Fields that the printed forms of several agencies share; times without a zone are Beijing's."""

from datetime import date, datetime, timedelta, timezone
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from exchange.contracts.events.intake import FileRef
from exchange.contracts.model import Form, Sha256
from exchange.contracts.privacy_lint import number_of_a_person

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept no summer time since 1991: a fixed offset is right for every act here.
The law's own (`law.SHANGHAI`) stands apart, since neither package may know the other."""

DATE_CHARS = len("2026-03-02")
FILES_MAX = 20


def _in_beijing(value: datetime) -> datetime:
    return value.replace(tzinfo=BEIJING) if value.tzinfo is None else value


def _day_of(value: object) -> object:
    """The local day of a time; anything else is left to be judged as a date."""
    if isinstance(value, str) and len(value.strip()) > DATE_CHARS:
        try:
            return day_in_beijing(_in_beijing(datetime.fromisoformat(value.strip())))
        except ValueError:
            return value
    return value


def _nobodys(number: str) -> str:
    if number_of_a_person(number):
        raise PydanticCustomError(
            "names_a_person",
            "编号不能用公民身份号码或者手机号 / not a citizen identity or mobile number",
        )
    return number


def day_in_beijing(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


Moment = Annotated[datetime, AfterValidator(_in_beijing)]
"""A time on a form."""

Day = Annotated[date, BeforeValidator(_day_of)]
"""A day on a form; a time of that day will do."""

OwnNumber = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Za-z\-]{1,40}$"), AfterValidator(_nobodys)
]
"""A number in the agency's own system: no national format is known. It never names a person."""

FileId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-]{1,64}$")]


class FileGiven(Form):
    """A file that went to intake before (`POST /v1/files`): its id and ciphertext's digest."""

    file_id: FileId = Field(alias="文件编号")
    ciphertext_sha256: Sha256 = Field(alias="密文摘要")

    def ref(self) -> FileRef:
        return FileRef(file_id=self.file_id, ciphertext_sha256=self.ciphertext_sha256)
