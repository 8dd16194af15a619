"""How an agency's system behaves: as it should, or in one of the ways that real ones fail."""

from pydantic import BaseModel, ConfigDict, Field

SLOW_S_MAX = 60.0


class Behaviour(BaseModel):
    """Told per agency through the control routes; the default is an agency that works.

    `slow_s` waits before it answers (after it has taken the handoff), `down` answers 503 and takes
    nothing, `refuse` answers that 4xx status, `unsigned` answers without its signature, `deaf`
    takes the handoff and answers 504, `mailbox` fetches handoffs instead of being called and then
    `answer_twice` signs for each a second time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slow_s: float = Field(0.0, ge=0, le=SLOW_S_MAX)
    down: bool = False
    refuse: int | None = Field(None, ge=400, le=499)
    unsigned: bool = False
    deaf: bool = False
    answer_twice: bool = False
    mailbox: bool = False
