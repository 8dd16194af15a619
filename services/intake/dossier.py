"""The dossier as intake reads it: the words that every linkage uses towards intake.

What else a linkage puts into a dossier is kept with it, and shown to nobody until a field of the
policy covers it.
"""

from pydantic import BaseModel, ConfigDict, Field

from exchange.doors.citizen import PARTIES_MAX


class Party(BaseModel):
    """A party, as far as it is known. `role` is the linkage's code (applicant, suspect ...)."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str | None = Field(None, repr=False)
    role: str | None = None
    id_number: str | None = Field(None, repr=False)
    phone: str | None = Field(None, repr=False)
    address: str | None = Field(None, repr=False)


class Dossier(BaseModel):
    """`narrative` is what happened, `claims` what is asked, `handling` what was done so far."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    parties: tuple[Party, ...] = Field((), repr=False, max_length=PARTIES_MAX)
    address: str | None = Field(None, repr=False)
    narrative: str | None = Field(None, repr=False)
    claims: str | None = Field(None, repr=False)
    handling: str | None = Field(None, repr=False)
