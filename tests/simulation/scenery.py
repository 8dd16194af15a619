"""What every run shares, made once in a process: services, keys, agencies, settings.

Signing keys come from their agency's code, so that every process makes the same. Intake's sealing
and its vault draw random bytes inside libraries that no seed reaches: `transparent` stands in for
them, and everything behind it (register, parties, pointers) is intake's own.
"""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opentelemetry.trace import NoOpTracer

from exchange.chassis.decider import Arrival, EventArrived
from exchange.chassis.metrics import Metrics
from exchange.chassis.service import AnyService
from exchange.chassis.settings import Settings
from exchange.chassis.telemetry import Trace
from exchange.chassis.workshop import Workshop
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1, Delivery
from exchange.contracts.events.intake import ReferralRequestedV1
from exchange.contracts.vocabulary import AgencyKind, Level
from exchange.identity.keys import ALGORITHM, SigningKey
from services.court_link.service import SERVICE as COURT_LINK
from services.directory.service import SERVICE as DIRECTORY
from services.intake.opening import Enclosed, Opened
from services.intake.service import SERVICE as INTAKE
from services.mediation.service import SERVICE as MEDIATION
from services.police_link.service import SERVICE as POLICE_LINK
from services.routing.service import SERVICE as ROUTING

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
EVER = datetime(2020, 1, 1, tzinfo=UTC)
TOWNSHIP = "330803112000"
COUNTY = "330803000000"
PLACES = ("330803112213", TOWNSHIP)
STATION = f"PS-{TOWNSHIP}-01"
COURT = f"CT-{COUNTY}-01"
AGENCIES: dict[str, tuple[AgencyKind, Level]] = {
    STATION: ("police", "township"),
    "PM-330803112213-01": ("committee", "village"),
    f"PM-{TOWNSHIP}-01": ("committee", "township"),
    f"SR-{TOWNSHIP}-01": ("stationed_room", "township"),
    f"CC-{COUNTY}-01": ("centre", "county"),
    COURT: ("court", "county"),
}
CAPACITY = 20
DOOR_OF: dict[AgencyKind, str] = {"police": "police_link", "court": "court_link"}
DOOR_OF_OTHERS = "mediation"
TRACE = Trace(NoOpTracer())


def door_of(agency: str) -> str:
    return DOOR_OF.get(AGENCIES[agency][0], DOOR_OF_OTHERS)


@cache
def key_of(agency: str) -> SigningKey:
    seed = hashlib.sha256(f"simulation {agency}".encode()).digest()
    return SigningKey.of(agency, Ed25519PrivateKey.from_private_bytes(seed))


@cache
def public_of(agency: str) -> bytes:
    return key_of(agency).private.public_key().public_bytes_raw()


@cache
def listed(agency: str, *, push: bool) -> AgencyListedV1:
    """Its entry in the directory."""
    kind, level = AGENCIES[agency]
    key = key_of(agency)
    delivery = Delivery(mode="push", url=f"http://{agency}.test/handoffs") if push else Delivery()
    return AgencyListedV1(
        agency=agency,
        name=agency,
        kind=kind,
        level=level,
        place=agency.split("-")[1],
        stationed_at=STATION if kind == "stationed_room" else None,
        capacity=CAPACITY,
        delivery=delivery,
        keys=(
            AgencyKey(
                key_id=key.key_id,
                use="sign",
                algorithm=ALGORITHM,
                public=base64.b64encode(public_of(agency)).decode(),
                valid_from=EVER,
            ),
        ),
    )


@cache
def service(name: str, partitions: int) -> AnyService:
    if name == DIRECTORY.name:
        return DIRECTORY
    declared = {s.name: s for s in (INTAKE, ROUTING, POLICE_LINK, MEDIATION, COURT_LINK)}[name]
    prepare = transparent if declared is INTAKE else declared.prepare
    return replace(declared, partitions=partitions, prepare=prepare)


@cache
def settings(batch: int) -> Settings:
    return Settings(
        kafka_bootstrap="",
        postgres_dsn="",
        http_port=1,
        public_url="http://exchange.test",
        signing_key_file=Path("unread"),
        sandbox=True,
        batch_events_max=batch,
        lease_s=1.0,
        beat_s=0.4,
    )


@cache
def metrics(name: str) -> Metrics:
    return Metrics(name)


def sealed(parties: tuple[str, ...]) -> str:
    """What stands for a sealed dossier: who its parties are."""
    return orjson.dumps(parties).decode()


def transparent(arrival: Arrival, _workshop: Workshop) -> Arrival:
    """Intake's `prepare` without its ciphers: the same shapes, made of the request alone."""
    match arrival:
        case EventArrived(event=ReferralRequestedV1() as request):
            return replace(arrival, event=_opened(request))
        case _:
            return arrival


def _opened(request: ReferralRequestedV1) -> Opened:
    parties: list[Any] = orjson.loads(request.sealed)
    ciphertext = f"{request.dispute_code} {request.sealed}".encode()
    return Opened(
        request=request.model_copy(update={"sealed": ""}),
        enclosed=Enclosed(
            ciphertext=ciphertext,
            sha256=hashlib.sha256(ciphertext).hexdigest(),
            key_blob=b"kek\nwrapped",
            parties=tuple((hashlib.sha256(name.encode()).hexdigest(),) for name in parties),
        ),
    )
