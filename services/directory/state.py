"""What the directory keeps of one agency: its listing, as last published."""

from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.model import Contract


class Entry(Contract):
    """`listed` is None until the agency is first listed."""

    code: str
    listed: AgencyListedV1 | None = None


def new_entry(code: str) -> Entry:
    return Entry(code=code)
