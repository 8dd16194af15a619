"""What each purpose opens of a dossier, its files and its entry: only these, to these."""

from collections.abc import Mapping
from typing import get_args

from exchange.identity.policy import Purpose
from tests.security.routes import ACTORS, Answers, Route, route
from tests.security.scene import Actor

DOSSIER: Mapping[Purpose, frozenset[Actor]] = {
    "triage": frozenset({"offered"}),
    "conflict_check": frozenset({"offered"}),
    "conduct_mediation": frozenset({"holder"}),
    "contact_parties": frozenset({"holder"}),
    "review_agreement": frozenset({"court"}),
    "close_case": frozenset({"holder"}),
    "follow_progress": frozenset({"origin", "holder", "court"}),
    "supervise": frozenset({"centre", "operator"}),
}
FILES: Mapping[Purpose, frozenset[Actor]] = {
    **dict.fromkeys(get_args(Purpose), frozenset[Actor]()),
    "conduct_mediation": frozenset({"holder"}),
    "review_agreement": frozenset({"court"}),
    "close_case": frozenset({"holder"}),
}
WITH_A_PART = frozenset({"origin", "holder", "former", "court", "offered", "centre", "operator"})
"""Who has a part in the dispute is told that the purpose is not theirs; all others find none."""


OUTLINE = frozenset({"place", "kind", "level", "urgency"})
PROGRESS = frozenset(
    {
        *("stage", "linked_to", "agreement_form", "confirmation"),
        *("instalments_due", "instalments_paid", "clocks"),
    }
)
READ = frozenset({"dispute_code", "purpose", "fields", "sequence", "receipt"})
NAMES = frozenset({"parties", "parties.role", "parties.name"})
CASE = OUTLINE | NAMES | {"narrative", "claims", "address", "handling", "files"}
CONTACTS = NAMES | {"parties.phone", "parties.address"}
SUPERVISED = dict.fromkeys(DOSSIER["supervise"], READ | OUTLINE | PROGRESS)
OF_DOSSIER: Mapping[Purpose, Mapping[Actor, frozenset[str]]] = {
    "triage": {"offered": READ | OUTLINE},
    "conflict_check": {"offered": READ | OUTLINE | NAMES},
    "conduct_mediation": {"holder": READ | CASE | {"agreement_files"}},
    "contact_parties": {"holder": READ | CONTACTS},
    "review_agreement": {"court": READ | CASE | {"parties.id_number", "agreement_files"}},
    "close_case": {"holder": READ | CASE | PROGRESS | {"agreement_files"}},
    "follow_progress": {
        "origin": READ | PROGRESS,
        "holder": READ | OUTLINE | PROGRESS,
        "court": READ | OUTLINE | PROGRESS,
    },
    "supervise": SUPERVISED,
}
"""What of a dossier each is shown who may ask: the fields of a party one by one."""


def for_purpose(purpose: Purpose, allowed: frozenset[Actor]) -> Answers:
    return {
        actor: 200 if actor in allowed else 403 if actor in WITH_A_PART else 404 for actor in ACTORS
    }


def dossiers() -> list[Route]:
    return [
        route(
            "intake",
            "GET /v1/disputes/{code}/dossier",
            for_purpose(purpose, allowed),
            query=f"?purpose={purpose}",
            keys=OF_DOSSIER[purpose],
        )
        for purpose, allowed in DOSSIER.items()
    ]


def files() -> list[Route]:
    return [
        route(
            "intake",
            "GET /v1/files/{file_id}",
            for_purpose(purpose, allowed),
            query=f"?dispute={{code}}&purpose={purpose}",
            file_id="{file}",
        )
        for purpose, allowed in FILES.items()
    ]


ALWAYS = frozenset({"dispute_code", "registered_at", "sensitive"})
INSIDE = ALWAYS | {"channel", "dossier", "candidates", "lead_code", "last_sequence", "erased_at"}
REGISTERED: Mapping[Purpose, Mapping[Actor, frozenset[str]]] = {
    "triage": {"offered": ALWAYS | OUTLINE},
    "follow_progress": {
        "origin": INSIDE | PROGRESS | {"paper_at"},
        "holder": INSIDE | OUTLINE | PROGRESS,
        "court": ALWAYS | OUTLINE | PROGRESS,
    },
    "supervise": dict.fromkeys(DOSSIER["supervise"], INSIDE | OUTLINE | PROGRESS),
}
"""What the register says of a dispute, to each who may ask: which others the same people have is
told to none but its origin, its holder and its supervisor."""


def registrations() -> list[Route]:
    return [
        route(
            "intake",
            "GET /v1/disputes/{code}/registration",
            for_purpose(purpose, DOSSIER[purpose]),
            query=f"?purpose={purpose}",
            keys=keys,
        )
        for purpose, keys in REGISTERED.items()
    ]
