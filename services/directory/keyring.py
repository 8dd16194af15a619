"""An agency's keys: added with an overlap, retired never in the past, kept to verify old proofs."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.chassis.decider import FieldError, Refused
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.directory import AgencyKey, AgencyListedV1
from exchange.dossier.sealing import ALGORITHMS
from exchange.identity.keys import ALGORITHM, key_id_of
from services.directory.schemas import KeyForm

KEY_BYTES = 32
IN_FORCE_MAX = 4
"""Keys of one use in force at one moment: the old, the new, and a spare for each system."""

KEPT_MAX = 64
"""Keys of one use that have not ended; those that have verify old proofs and are no burden."""

ALGORITHM_OF = {"sign": ALGORITHM, "seal": ALGORITHMS[0]}


def key_of(form: KeyForm) -> AgencyKey:
    return AgencyKey(
        key_id=form.key_id,
        use=form.use,
        algorithm=form.algorithm,
        public=form.public,
        valid_from=form.valid_from,
        valid_to=form.valid_to,
    )


def with_keys(
    listed: AgencyListedV1, forms: Sequence[KeyForm], book: AgencyBook, now: datetime
) -> tuple[AgencyListedV1, list[FieldError]]:
    """The agency with these keys beside its own, and all that is wrong with any of them.

    A key that it has already makes no difference, not even where it was retired since.
    """
    errors: list[FieldError] = []
    for form in forms:
        if any((k.key_id, k.public) == (form.key_id, form.public) for k in listed.keys):
            continue
        errors += key_errors(form, listed, book, now)
        listed = listed.model_copy(update={"keys": (*listed.keys, key_of(form))})
    return listed, errors


def key_errors(
    form: KeyForm, listed: AgencyListedV1, book: AgencyBook, now: datetime
) -> list[FieldError]:
    """Everything for which this key may not join the agency's; none when it may."""
    return [
        *_of_form(form, listed),
        *_of_validity(form, now),
        *_of_others(form, listed, book, now),
    ]


def retired(
    listed: AgencyListedV1, key_id: str, valid_to: datetime, *, leave_one: bool
) -> AgencyListedV1:
    """The agency with that key valid until just before `valid_to`, or until when it ended anyway.

    Raises Refused: 404 no such key; 409 where `leave_one` and none would be left to sign with.
    """
    key = next((k for k in listed.keys if k.key_id == key_id), None)
    if key is None:
        raise Refused("no_such_key", "没有这个密钥", "no such key", status=404)
    until = valid_to if key.valid_to is None else min(valid_to, key.valid_to)
    keys = tuple(
        k.model_copy(update={"valid_to": until}) if k.key_id == key_id else k for k in listed.keys
    )
    if leave_one and key.use == "sign" and not any(in_force(keys, "sign", until)):
        raise Refused(
            "last_key",
            "这是最后一个有效密钥；请先登记新密钥，或由对接总线运维停用",
            "this is the last key in force; register the next one first",
        )
    return listed.model_copy(update={"keys": keys})


def in_force(keys: Sequence[AgencyKey], use: str, at: datetime) -> Iterator[AgencyKey]:
    return (
        k
        for k in keys
        if k.use == use and k.valid_from <= at and (k.valid_to is None or at < k.valid_to)
    )


def _of_form(form: KeyForm, listed: AgencyListedV1) -> Iterator[FieldError]:
    if form.algorithm != ALGORITHM_OF[form.use]:
        yield FieldError(
            "/算法",
            "unknown_code",
            f"此用途只用 {ALGORITHM_OF[form.use]}",
            f"must be {ALGORITHM_OF[form.use]}",
        )
    if form.use == "seal" and listed.kind != "exchange":
        yield FieldError(
            "/用途", "not_yours", "封装密钥只属于对接总线", "only the exchange has sealing keys"
        )
    raw = _raw(form.public)
    if raw is None:
        yield FieldError(
            "/公钥",
            "bad_key",
            f"应为 {KEY_BYTES} 字节公钥的 base64",
            f"must be base64 of a public key's {KEY_BYTES} bytes",
        )
    elif form.key_id != _right_id(form, listed, raw):
        yield FieldError(
            "/密钥编号",
            "bad_key_id",
            "应为“机构代码/公钥指纹前 12 位”",
            "must be `<agency>/<first 12 characters of the key's thumbprint>`",
        )


def _right_id(form: KeyForm, listed: AgencyListedV1, raw: bytes) -> str:
    """A signing key is named by its thumbprint, a sealing key by its agency and any name."""
    if form.use == "sign":
        return key_id_of(listed.agency, Ed25519PublicKey.from_public_bytes(raw))
    return f"{listed.agency}/{form.key_id.rpartition('/')[2]}"


def _of_validity(form: KeyForm, now: datetime) -> Iterator[FieldError]:
    if form.valid_to is not None and form.valid_to <= max(form.valid_from, now):
        yield FieldError(
            "/失效时间",
            "already_over",
            "失效时间须晚于生效时间和现在",
            "must end after it begins, and after now",
        )


def _of_others(
    form: KeyForm, listed: AgencyListedV1, book: AgencyBook, now: datetime
) -> Iterator[FieldError]:
    if any(k.key_id == form.key_id for k in listed.keys):
        yield FieldError("/密钥编号", "key_listed", "该密钥已登记", "this key is listed already")
    elif any(k.public == form.public for agency in book for k in agency.keys):
        yield FieldError(
            "/公钥", "key_in_use", "该公钥已属于另一机构", "this key belongs to another agency"
        )
    beside = [*in_force(listed.keys, form.use, max(form.valid_from, now))]
    to_come = [k for k in listed.keys if k.use == form.use and (not k.valid_to or k.valid_to > now)]
    if len(beside) >= IN_FORCE_MAX or len(to_come) >= KEPT_MAX:
        yield FieldError(
            "/密钥编号",
            "too_many_keys",
            f"同时有效的密钥最多 {IN_FORCE_MAX} 个、总共 {KEPT_MAX} 个；请先停用旧密钥",
            f"at most {IN_FORCE_MAX} keys in force and {KEPT_MAX} in all; retire one first",
        )


def _raw(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == KEY_BYTES else None
