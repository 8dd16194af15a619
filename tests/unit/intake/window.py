"""What comes to intake in these tests: referrals, walk-ins and the story seen from here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exchange.chassis.decider import CommandGiven, Decision, EventArrived, Found, Index, View
from exchange.chassis.ids import Ids
from exchange.chassis.reference import AgencyBook
from exchange.chassis.settings import Settings
from exchange.contracts.events.base import DisputeEvent, ReferralStanding, Standing
from exchange.contracts.events.directory import AgencyListedV1
from exchange.contracts.events.intake import Matter, ReferralRequestedV1
from exchange.contracts.events.routing import ReferralAcceptedV1
from exchange.contracts.vocabulary import AgencyKind, Level, Purpose, ReferralStatus
from exchange.dossier.sealing import SealingKey, seal
from exchange.dossier.vault import MasterKey
from sandbox.people import InventedPerson, person
from services.intake.decider import decide, lookups
from services.intake.keys import IntakeKeys
from services.intake.mapping import dossier_of, registration_of
from services.intake.opening import enclose, opened
from services.intake.schemas import RegistrationForm
from services.intake.state import Register, new_register

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
COUNTY = "330803"
VILLAGE = "330803112213"
NEXT_VILLAGE = "330803112214"
OTHER_TOWNSHIP = "330803111200"
CODE = "330803-2026-0000000000-1"
OTHER = "330803-2026-0000000001-2"
STATION = "PS-330803112000-01"
COMMITTEE = "PM-330803112213-01"
TOWNSHIP_COMMITTEE = "PM-330803112000-01"
COURT = "CT-330803000000-01"
CENTRE = "CC-330803000000-01"
OTHER_CENTRE = "CC-330802000000-01"
OPERATOR = "EX-000000000000-01"
STRANGER = "PM-330803111200-01"

SEALING = SealingKey.generate("seal-2026-03")
KEYS = IntakeKeys({SEALING.kid: SEALING}, (MasterKey.generate("kek-1"),), b"i" * 32)
LATER = datetime(2026, 5, 1, tzinfo=UTC)


def settings(**files: Path) -> Settings:
    """The settings of an intake that talks to nobody."""
    return Settings(
        kafka_bootstrap="127.0.0.1:1",
        postgres_dsn="postgres://127.0.0.1:1/intake",
        http_port=1,
        public_url="http://intake.test",
        signing_key_file=Path("none.pem"),
        **files,
    )


def listed(code: str, kind: AgencyKind, level: Level, place: str) -> AgencyListedV1:
    return AgencyListedV1(agency=code, name=code, kind=kind, level=level, place=place)


AGENCIES = (
    listed(STATION, "police", "township", "330803112000"),
    listed(COMMITTEE, "committee", "village", VILLAGE),
    listed(TOWNSHIP_COMMITTEE, "committee", "township", "330803112000"),
    listed(COURT, "court", "county", "330803000000"),
    listed(CENTRE, "centre", "county", "330803000000"),
    listed(OTHER_CENTRE, "centre", "county", "330802000000"),
    listed(OPERATOR, "exchange", "county", "330803000000"),
    listed(STRANGER, "committee", "village", OTHER_TOWNSHIP),
)
BOOK = AgencyBook(1, {agency.agency: agency for agency in AGENCIES})


def view(
    code: str = CODE,
    found: Mapping[tuple[str, str], Sequence[Found]] | None = None,
    cause: str = "cause",
) -> View:
    return View(code=code, agencies=BOOK, ids=Ids(NOW, cause), found=found or {})


def dossier(*people: InventedPerson, **more: Any) -> dict[str, Any]:
    """The dossier as a linkage seals it."""
    return {
        "own_number": "J1",
        "narrative": "因院墙发生争执。",
        "handling": "已到场制止。",
        "parties": [
            {
                "ordinal": ordinal,
                "role": "applicant",
                "name": who.name,
                "id_number": who.citizen_id,
                "phone": who.phone,
                "address": "某村 1 号",
            }
            for ordinal, who in enumerate(people or (person(1), person(2)), start=1)
        ],
        **more,
    }


def requested(
    content: dict[str, Any] | None = None,
    *,
    code: str = CODE,
    place: str = VILLAGE,
    sealing: SealingKey = SEALING,
    sealed_for: str | None = None,
) -> ReferralRequestedV1:
    """A police station's referral on its topic, sealed."""
    recipient = sealing.public_key(NOW, LATER)
    return ReferralRequestedV1(
        dispute_code=code,
        legal_at=NOW,
        actor=STATION,
        origin=STATION,
        channel="police",
        mode="entrust",
        matter=Matter(kind="neighbourhood", place=place),
        received_at=NOW,
        gates_passed=("police.consent.both",),
        sealed=seal(content or dossier(), recipient, dispute_code=sealed_for or code),
    )


def arrived(request: ReferralRequestedV1) -> EventArrived:
    """The referral after `prepare`."""
    return EventArrived(opened(request, KEYS), "event-1", None, "police_link.request.v1")


def refer(
    request: ReferralRequestedV1, *, before: Sequence["Kept"] = (), now: datetime = NOW
) -> Decision[Register]:
    """Register a referral, with the index as the earlier registrations left it."""
    arrival = arrived(request)
    seen = found(before, lookups(arrival))
    code = request.dispute_code
    return decide(new_register(code), arrival, view(code, seen), now)


def paper(*people: InventedPerson, **changes: Any) -> dict[str, Any]:
    """The printed register of a walk-in; `changes` replace printed fields, None leaves one out."""
    form: dict[str, Any] = {
        "来源": "窗口",
        "纠纷类别": "邻里",
        "地点": {"区划代码": VILLAGE},
        "当事人": [
            {"姓名": who.name, "身份": "申请人", "公民身份号码": who.citizen_id}
            for who in people or (person(1), person(2))
        ],
        "案情": "因院墙发生争执。",
    }
    return {key: value for key, value in {**form, **changes}.items() if value is not None}


def sensitive(**changes: Any) -> dict[str, Any]:
    return paper(
        **{
            "敏感": True,
            "当事人": None,
            "案情": None,
            "纸质卷宗存放处": "综治中心档案柜",
            **changes,
        }
    )


def walk_in(
    form: dict[str, Any],
    *,
    code: str = CODE,
    before: Sequence["Kept"] = (),
    agency: str = CENTRE,
    key: str = "key-1",
    digest: str = "d" * 64,
    now: datetime = NOW,
) -> Decision[Register]:
    """Register at the door."""
    read = RegistrationForm.model_validate(form)
    enclosed = None if read.sensitive else enclose(code, dossier_of(read), KEYS)
    given = command("register", agency, registration_of(read, enclosed), key=key, digest=digest)
    return decide(new_register(code), given, view(code, found(before, lookups(given))), now)


def command(
    name: str, agency: str, body: Any, *, key: str = "key-1", digest: str = "d" * 64
) -> CommandGiven:
    return CommandGiven(name, agency, body, NOW, digest, key)


Kept = tuple[str, datetime, Decision[Register]]
"""A dispute registered before: its code, when, and what was decided."""


def found(
    before: Sequence[Kept], keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[Found]]:
    """What the store's index gives for these keys after the earlier decisions."""
    rows: dict[tuple[str, str], list[Found]] = {}
    for code, at, decision in before:
        for effect in decision.effects:
            if isinstance(effect, Index) and (effect.kind, effect.key) in keys:
                rows.setdefault((effect.kind, effect.key), []).append(Found(code, effect.value, at))
    return rows


def handover(
    receiver: str,
    status: ReferralStatus,
    *,
    kind: AgencyKind = "committee",
    purpose: Purpose = "mediation",
) -> ReferralStanding:
    return ReferralStanding(
        referral_id=f"referral-{receiver}",
        purpose=purpose,
        mode="entrust",
        level="village",
        sender=STATION,
        receiver=receiver,
        receiver_kind=kind,
        status=status,
        last_sequence=1,
    )


def story(*handovers: ReferralStanding, sequence: int = 2, code: str = CODE) -> EventArrived:
    """A canonical event after which these handovers stand."""
    event: DisputeEvent = ReferralAcceptedV1(
        dispute_code=code,
        legal_at=NOW,
        actor=COMMITTEE,
        referral_id="referral",
        standing=Standing(
            stage="accepted",
            origin=STATION,
            holder=next((h.receiver for h in handovers if h.status == "accepted"), None),
            kind="neighbourhood",
            place=VILLAGE,
            level="village",
            referrals=handovers,
        ),
    )
    return EventArrived(event, f"event-{sequence}", sequence, "routing.referral.v1")


def registered(*handovers: ReferralStanding, sequence: int = 2) -> Register:
    """A police referral in the register, with the story as far as these handovers."""
    state = refer(requested()).state
    if not handovers:
        return state
    return decide(state, story(*handovers, sequence=sequence), view(), NOW).state
