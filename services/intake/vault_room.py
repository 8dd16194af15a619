"""Fetch and open what a logged read may see: the rim where ciphertext becomes an answer."""

import hashlib
from dataclasses import replace
from typing import Any

import orjson

from exchange.chassis.decider import Refused
from exchange.chassis.door import Call, Door
from exchange.chassis.problems import not_found
from exchange.dossier.files import decrypt_file
from exchange.dossier.vault import DataKey
from services.intake.dossier import Dossier
from services.intake.keys import KEYS, IntakeKeys
from services.intake.opening import KEY_BLOB, data_key, disclosed, dossier_blob, file_blob
from services.intake.reading import NOT_FOUND, too_early
from services.intake.state import Register


def keys_of(door: Door) -> IntakeKeys:
    keys: IntakeKeys = door.workshop.keys[KEYS]
    return keys


async def known_code(door: Door, text: str, sequence: int = 0) -> str:
    """The code of a dispute that stands here. Raises Refused: 422, 404, or 425 where the reader
    says that it holds an offer of it."""
    try:
        return await door.code_of(text)
    except Refused as unknown:
        if unknown.status == NOT_FOUND and sequence > 0:
            raise too_early() from unknown
        raise


async def entry_of(door: Door, code: str) -> Register:
    """Raises Refused 404."""
    row = await door.store.row(code)
    if row is None or row.state is None:
        raise not_found()
    return Register.model_validate_json(row.state)


async def logged(door: Door, call: Call, name: str, body: Any, code: str) -> dict[str, Any]:
    """Decide the read and commit its log row; what was granted, and the receipt.

    A GET has no idempotency key: its nonce and URL make one. The same signed request again is
    refused (409 `sign_again`), since no grant of before may be used without asking the policy; the
    same nonce for another URL gets 401.
    """
    key = hashlib.sha256(f"{call.signed.nonce}\n{call.signed.url}".encode()).hexdigest()
    reading = replace(call, signed=replace(call.signed, idempotency_key=key))
    answered = await door.execute(reading, name, body, code=code)
    reply: dict[str, Any] = orjson.loads(answered.body)
    return reply


async def key_of(door: Door, code: str) -> DataKey:
    """Raises Refused 409, VaultRefused."""
    return data_key(code, await _kept(door, code, KEY_BLOB), keys_of(door))


async def opened_dossier(door: Door, code: str, version: int) -> Dossier:
    """Raises Refused 409, VaultRefused."""
    key = await key_of(door, code)
    return disclosed(key, await _kept(door, code, dossier_blob(version)))


async def opened_file(door: Door, code: str, file_id: str) -> bytes:
    """Raises Refused 409, VaultRefused."""
    key = await key_of(door, code)
    return decrypt_file(key, file_id, await _kept(door, code, file_blob(file_id)))


async def _kept(door: Door, code: str, name: str) -> bytes:
    """Row-level security shows nothing where the read's log row is missing or has aged."""
    content = await door.store.blob(code, name)
    if content is None:
        raise Refused(
            "sign_again",
            "此次查阅已过时或内容刚被删除；请换新的 nonce 重新签名后再查",
            "this read has aged, or what it asks for was just erased; sign a new request",
        )
    return content
