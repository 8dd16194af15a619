"""Who may see what of a dispute: the policy asked of its relations, fields cut out.

Who is in which relation is `exchange.identity.relations`', what each may see the policy's: default
deny, one table. Here stands only where each field of the table lies.
"""

from collections.abc import Callable, Mapping
from typing import Any

from exchange.chassis.decider import Refused
from exchange.chassis.problems import not_found
from exchange.chassis.reference import AgencyBook
from exchange.identity.policy import Action, Denied, Field, Purpose, decide
from exchange.identity.relations import Relations, relations
from services.intake.dossier import Dossier, Party
from services.intake.state import Register

ALWAYS = frozenset({"dispute_code", "registered_at", "sensitive"})
INSIDE = frozenset({"channel", "dossier", "candidates", "lead_code", "last_sequence", "erased_at"})
"""What the register says of an entry: to all who may read it, and to those inside alone."""

IN_DOSSIER: frozenset[Field] = frozenset(
    {"party_names", "party_id_numbers", "party_contacts", "narrative", "handling"}
)
"""The fields for which the ciphertext must be opened."""


def granted(
    state: Register, agency: str, book: AgencyBook, action: Action, purpose: Purpose
) -> frozenset[Field]:
    """The fields that may be shown. Raises Refused: 404 without a part in it, 403 otherwise."""
    verdict = decide(relations_of(state, agency, book), action, purpose)
    if not isinstance(verdict, Denied):
        return verdict.fields
    if verdict.rule == "no_relation":
        raise not_found()
    raise Refused(
        "not_for_this_purpose",
        "贵单位目前的身份不能为此目的查阅；请核对目的，或等受理后再查",
        "your agency's part in this dispute does not allow that for this purpose",
        status=403,
    )


def relations_of(state: Register, agency: str, book: AgencyBook) -> Relations:
    """None for an agency that is not listed."""
    asker, place = book.get(agency), state.matter.place if state.matter else None
    if asker is None:
        return frozenset()
    return relations(asker, state.standing, origin=state.origin, place=place)


def may_add_files(state: Register, agency: str, book: AgencyBook) -> bool:
    """Who has the papers: the agency that the dispute came from, who holds or reviews it now."""
    has_papers = {"holder", "reviewer"} & relations_of(state, agency, book)
    return agency == state.origin or bool(has_papers)


def registered_as_seen(
    state: Register, agency: str, book: AgencyBook, purpose: Purpose
) -> dict[str, Any]:
    """The entry itself, for one that was granted a reading of it.

    Which other disputes the same people have is told to who has the parties before it anyway, and
    to who oversees; where the paper of a sensitive matter lies, to who registered it.
    """
    names, origin = set(ALWAYS), agency == state.origin
    if purpose == "supervise" or origin or "holder" in relations_of(state, agency, book):
        names |= INSIDE
    if origin:
        names.add("paper_at")
    return state.model_dump(mode="json", include=names)


def shown(fields: frozenset[Field], state: Register, dossier: Dossier | None) -> dict[str, Any]:
    """Exactly these fields, as far as there is anything to show."""
    body: dict[str, Any] = {}
    for field, take in FROM_REGISTER.items():
        if field in fields:
            body |= take(state)
    if dossier is not None:
        body |= _of_dossier(fields, dossier)
    return body


def _of_dossier(fields: frozenset[Field], dossier: Dossier) -> dict[str, Any]:
    body: dict[str, Any] = {}
    keys = [key for field, names in OF_PARTY.items() if field in fields for key in names]
    if keys:
        body["parties"] = [_cut(party, keys) for party in dossier.parties]
    if "narrative" in fields:
        body |= {"narrative": dossier.narrative, "claims": dossier.claims}
        body["address"] = dossier.address
    if "handling" in fields:
        body["handling"] = dossier.handling
    return body


def _cut(party: Party, keys: list[str]) -> dict[str, Any]:
    return party.model_dump(include={"role", *keys})


OF_PARTY: Mapping[Field, tuple[str, ...]] = {
    "party_names": ("name",),
    "party_id_numbers": ("id_number",),
    "party_contacts": ("phone", "address"),
}


def _outline(name: str) -> Callable[[Register], dict[str, Any]]:
    return lambda state: {name: getattr(state.matter, name) if state.matter else None}


def _level(state: Register) -> dict[str, Any]:
    """Where it is now; where it came in, until the story begins."""
    if state.standing is not None:
        return {"level": state.standing.level}
    return _outline("level")(state)


def _status(state: Register) -> dict[str, Any]:
    standing = state.standing
    return {"stage": standing.stage if standing else "registered", "linked_to": state.lead_code}


def _outcome(state: Register) -> dict[str, Any]:
    standing = state.standing
    if standing is None:
        return {"agreement_form": None, "confirmation": None}
    return {
        "agreement_form": standing.agreement_form,
        "instalments_due": standing.instalments_due,
        "instalments_paid": standing.instalments_paid,
        "confirmation": standing.confirmation,
    }


def _clocks(state: Register) -> dict[str, Any]:
    clocks = state.standing.clocks if state.standing else ()
    return {"clocks": [clock.model_dump(mode="json") for clock in clocks]}


def _files(state: Register) -> dict[str, Any]:
    return {"files": [entry.model_dump(mode="json") for entry in state.files]}


def _agreement(state: Register) -> dict[str, Any]:
    signed = [entry.file_id for entry in state.files if entry.purpose == "agreement"]
    return {"agreement_files": signed}


FROM_REGISTER: Mapping[Field, Callable[[Register], dict[str, Any]]] = {
    "place": _outline("place"),
    "kind": _outline("kind"),
    "level": _level,
    "urgency": _outline("urgency"),
    "status": _status,
    "outcome": _outcome,
    "clocks": _clocks,
    "files": _files,
    "agreement": _agreement,
}
