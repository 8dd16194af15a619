"""Verify an evidence bundle offline, with this file, `bundle_bytes.py`, Python and `cryptography`.

It shares no code with the exchange: it is written from the byte layouts below, so that a fault of
the writer is not repeated by its checker. Copy both, read them, run them on a machine you trust.

The bundle is JSON (`..._b64` is standard base64, times are ISO 8601 with zone):

    {"format": "fengqiao-bundle-v1",
     "dispute_code": "330803-2026-...",
     "exchange": "<the exchange's own agency code>",
     "ledger": [{"sequence": 1, "id", "type", "subject", "time", "value_b64", "prev_b64",
                 "hash_b64", "evidence": {"key_id", "agency", "base", "signature", "algorithm",
                                          "on_behalf"}  or null, or absent}],
     "receipts": [<signed document>],
     "checkpoints": [{"signed": <signed document>,
                      "inclusion": {"sequence", "hash_b64", "index", "path_b64": [...]} or null}],
     "keys": [{"key_id", "agency", "alg": "ed25519", "key": <base64 of 32 bytes>,
               "valid_from", "valid_to": <time or null>}]}

    signed document  {"alg": "ed25519", "key_id", "document": {"format", ...}, "signature": base64}
                     Ed25519 over the canonical JSON of all but the signature
    canonical JSON   keys sorted, no spaces, UTF-8 (RFC 8785 for texts, integers, booleans, null)
    key id           "<agency>/" + first 12 characters of the key's RFC 7638 thumbprint
    entry hash       SHA-256(LP("fengqiao-ledger-v1:sha-256") || prev || LP(id) || LP(type) ||
                     LP(subject) || LP(sequence, decimal) || LP(time) || LP(value)), first prev
                     32 zero bytes; LP(x) = length of x, 4 bytes big-endian, then x
    evidence         Ed25519 over its `base` (RFC 9421); an entry whose value names
                     `evidence_sha256` means the SHA-256 of the canonical JSON of an evidence.
                     It proves the act of its entry: its `agency` is the entry's `actor` (with
                     `on_behalf` the exchange signed for it), its base that of a POST or of an
                     answer (`@status`), its `content-digest` the entry's `request_sha256`,
                     which every entry has that names an evidence. One evidence proves one act,
                     and no nonce is signed twice. An agency's act without any is listed: unsigned
                     It stands beside the first entry that it caused: where the exchange's own
                     comes first, beside that one, which does not name it
    checkpoint       {"number", "previous_sha256", "at", "root_sha256", "count", ...}: the one
                     before by the SHA-256 of its document's canonical JSON (the first: 64 zeros)
    Merkle tree      RFC 6962; leaf SHA-256(0x00 || LP(dispute code) || LP(sequence, decimal) ||
                     hash), node SHA-256(0x01 || left || right)

What a bundle cannot prove by itself: whose its keys are (give the key ids that you know from
elsewhere, the county's notice or another agency's copy, as `trusted_key_ids`), and that nothing
came after its last entry (a later receipt or checkpoint would show it).
"""

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fengqiao.client.bundle_bytes import (
    GENESIS,
    Wrong,
    b64,
    canonical,
    entry_hash,
    id_of_key,
    lp,
    moment,
    sha256,
    sha256_of,
    tree_root,
    verify,
    whole,
)

BUNDLE_FORMAT = "fengqiao-bundle-v1"
ENTRIES_MAX = 100_000
PATH_STEPS_MAX = 64
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
BASE_CHARS_MAX = 16_384
"""Of one signature base: what is longer is refused before anything searches it."""

QUOTED = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)', re.DOTALL)
"""A quoted text, or one that never ends: each character is looked at once."""

CREATED = re.compile(r": \([^)]*\)(?:;[a-z0-9_.*-]+(?:=[^;]*)?)*?;created=(\d{1,12})(?:;|$)")
"""When a base was signed: by the parameters on its last line, whatever stands inside quotes."""

NONCE = re.compile(r';nonce="((?:[^"\\]|\\.)*)"')

ONE_ACT = frozenset({"performance.recorded", "agreement.performed"})
"""Types of entries that one request may cause together: the last instalment is the whole."""

MALFORMED = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading a value of the wrong shape raises, and nothing else."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked. `detail` says how much was proven, or what is wrong first."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok` only if every check is."""

    ok: bool
    checks: list[Check]


def verify_bundle(
    bundle: dict[str, Any], *, trusted_key_ids: Collection[str] | None = None
) -> Verdict:
    """Check everything that a bundle claims. Never raises for what is in it."""

    def keys(bundle: dict[str, Any]) -> str:
        return _check_keys(bundle, trusted_key_ids)

    checks = [_run("shape", _check_shape, bundle)]
    if checks[0].ok:
        checks += [
            _run("keys", keys, bundle),
            _run("sequence", _check_sequence, bundle),
            _run("chain", _check_chain, bundle),
            _run("evidence", _check_evidence, bundle),
            _run("receipts", _check_receipts, bundle),
            _run("checkpoints", _check_checkpoints, bundle),
            _run("inclusion", _check_inclusion, bundle),
        ]
    return Verdict(all(check.ok for check in checks), checks)


def _run(name: str, check: Callable[[dict[str, Any]], str], bundle: dict[str, Any]) -> Check:
    try:
        return Check(name, True, check(bundle))
    except Wrong as wrong:
        return Check(name, False, str(wrong))
    except MALFORMED as error:
        return Check(name, False, f"格式不符 / malformed: {type(error).__name__}: {error}")


def _check_shape(bundle: dict[str, Any]) -> str:
    if not isinstance(bundle, dict) or bundle.get("format") != BUNDLE_FORMAT:
        raise Wrong(f"不是证据包 / not a {BUNDLE_FORMAT}")
    for name in ("ledger", "receipts", "checkpoints", "keys"):
        if not isinstance(bundle[name], list) or len(bundle[name]) > ENTRIES_MAX:
            raise Wrong(f"{name}: 应为至多 {ENTRIES_MAX} 项的列表 / a list of at most that many")
    for name in ("dispute_code", "exchange"):
        if not isinstance(bundle[name], str) or not bundle[name]:
            raise Wrong(f"{name}: 缺少 / missing")
    if not bundle["ledger"]:
        raise Wrong("台账为空 / the ledger is empty")
    return "格式相符 / well-formed"


def _check_keys(bundle: dict[str, Any], trusted: Collection[str] | None) -> str:
    ids = [form["key_id"] for form in bundle["keys"]]
    if len(set(ids)) != len(ids):
        raise Wrong("同一密钥编号出现两次 / a key id stands twice")
    for form in bundle["keys"]:
        if form["alg"] != "ed25519" or form["key_id"] != id_of_key(form["agency"], form["key"]):
            raise Wrong(f"编号与公钥不符 / the id is not this key's: {form['key_id']}")
        if trusted is not None and form["key_id"] not in trusted:
            raise Wrong(f"未列入可信密钥 / not among the trusted keys: {form['key_id']}")
    said = (
        "均可信 / trusted"
        if trusted is not None
        else "请与公布的编号核对 / compare with those published"
    )
    return f"{len(ids)} 把 / keys; {said}"


def _check_sequence(bundle: dict[str, Any]) -> str:
    for expected, entry in enumerate(bundle["ledger"], start=1):
        if whole(entry["sequence"]) != expected:
            raise Wrong(f"应为第 {expected} 条 / expected {expected}, found {entry['sequence']}")
        if entry["subject"] != bundle["dispute_code"]:
            raise Wrong(f"第 {expected} 条不属本案 / entry {expected} is of another dispute")
    return f"1..{len(bundle['ledger'])} 连续 / without gap"


def _check_chain(bundle: dict[str, Any]) -> str:
    prev = GENESIS
    for entry in bundle["ledger"]:
        if b64(entry["prev_b64"]) != prev:
            raise Wrong(f"第 {entry['sequence']} 条接不上前一条 / does not follow the one before")
        if entry_hash(prev, entry) != b64(entry["hash_b64"]):
            raise Wrong(f"第 {entry['sequence']} 条内容与哈希不符 / content and hash differ")
        prev = b64(entry["hash_b64"])
    return f"{len(bundle['ledger'])} 条相扣 / entries chained, head {prev.hex()}"


def _check_evidence(bundle: dict[str, Any]) -> str:
    """Each signature holds, and is its actor's own for the act that its entry tells."""
    found: dict[str, dict[str, Any]] = {}
    for entry in bundle["ledger"]:
        if entry.get("evidence"):
            _check_one_evidence(bundle, entry)
            found[sha256_of(entry["evidence"])] = entry["evidence"]
    _check_nonces(found.values())
    acts, unsigned = [], []
    by_evidence: dict[str, list[dict[str, Any]]] = {}
    for entry in bundle["ledger"]:
        wanted = _named_evidence(entry)
        if wanted is not None and wanted not in found:
            raise Wrong(f"第 {entry['sequence']} 条所称的签名不在包内 / its evidence is missing")
        if wanted is not None:
            acts.append(f"\n  {_check_act(entry, found[wanted])}")
            by_evidence.setdefault(wanted, []).append(entry)
        elif _actor(entry) != bundle["exchange"]:  # what is attached and not named proves nothing
            unsigned.append(
                f"\n  第 {entry['sequence']} 条 {entry['type']}: {_actor(entry)} 未签名"
            )
    for entries in by_evidence.values():
        _check_one_act(entries)
    lines = "".join([*acts, *unsigned])
    return (
        f"{len(found)} 份签名相符 / signatures hold, of {len(acts)} acts;"
        f" {len(unsigned)} 项机构行为未附签名 / unsigned{lines}"
    )


def _check_nonces(evidences: Iterable[dict[str, Any]]) -> None:
    """Raises Wrong where two signatures of one agency bear the same nonce."""
    seen: set[tuple[str, str]] = set()
    for evidence in evidences:
        nonce = NONCE.search(evidence["base"].rpartition("\n")[2])
        if nonce is None:
            continue
        if (evidence["key_id"], nonce[1]) in seen:
            raise Wrong(f"{evidence['key_id']} 的两份签名用了同一随机数 / a nonce is signed twice")
        seen.add((evidence["key_id"], nonce[1]))


def _check_one_act(entries: list[dict[str, Any]]) -> None:
    """Raises Wrong where these entries of one evidence are not of one act."""
    types = [entry["type"] for entry in entries]
    if len(types) > 1 and (not set(types) <= ONE_ACT or len(set(types)) != len(types)):
        numbers = "、".join(str(entry["sequence"]) for entry in entries)
        raise Wrong(f"第 {numbers} 条是不同的行为，却用同一份签名 / one signature for several acts")


def _check_act(entry: dict[str, Any], evidence: dict[str, Any]) -> str:
    """Who signed what for this entry. Raises Wrong where that is not what the entry tells."""
    value, at = json.loads(b64(entry["value_b64"])), f"第 {entry['sequence']} 条"
    if evidence["agency"] != _actor(entry):
        raise Wrong(
            f"{at}是 {value['actor']} 的行为，所附却是 {evidence['agency']} 的签名 / not its"
        )
    signed = dict(line.split(": ", 1) for line in evidence["base"].split("\n"))
    if signed.get('"@method"') != "POST" and '"@status"' not in signed:
        raise Wrong(f"{at}所附不是办理请求或者答复 / neither a POST nor an answer")
    digest = DIGEST.fullmatch(signed['"content-digest"'])
    body = b64(digest[1]).hex() if digest else None
    told = value.get("request_sha256")
    if told is None and _named_evidence(entry) is not None:
        raise Wrong(f"{at}称有签名，却未记请求内容的摘要 / names evidence without request_sha256")
    if told not in {None, body}:
        raise Wrong(f"{at}所记的请求内容与签名的不同 / the signed body is another")
    path = signed.get('"@path"')
    what = f"POST {path}" if path else "答复 / answer"
    by = f"{evidence['agency']}{' (代签 / on behalf)' if evidence['on_behalf'] else ''}"
    return f"{at} {entry['type']}: {by} {what}, body sha-256 {body}"


def _actor(entry: dict[str, Any]) -> str:
    return str(json.loads(b64(entry["value_b64"]))["actor"])


def _named_evidence(entry: dict[str, Any]) -> str | None:
    """The hash by which an entry's own bytes name the signed request that caused it."""
    named: str | None = json.loads(b64(entry["value_b64"])).get("evidence_sha256")
    return named


def _check_one_evidence(bundle: dict[str, Any], entry: dict[str, Any]) -> None:
    evidence, at = entry["evidence"], f"第 {entry['sequence']} 条 / entry {entry['sequence']}"
    if len(evidence["base"]) > BASE_CHARS_MAX:
        raise Wrong(f"{at}: 签名基串超过 {BASE_CHARS_MAX} 字符 / the base is longer than that")
    signer = bundle["exchange"] if evidence["on_behalf"] else evidence["agency"]
    created = CREATED.match(QUOTED.sub("", evidence["base"].rpartition("\n")[2]))
    if created is None or evidence["algorithm"] != "ed25519":
        raise Wrong(f"{at}: 签名基串或算法不符 / no RFC 9421 base, or another algorithm")
    signed_at = datetime.fromtimestamp(int(created[1]), UTC)
    key = _key(bundle, evidence["key_id"], signer, signed_at)
    verify(key, evidence["signature"], evidence["base"].encode(), at)
    if _named_evidence(entry) not in {None, sha256_of(evidence)}:
        raise Wrong(f"{at}: 所附签名不是所称的那一份 / not the evidence that the entry names")


def _check_receipts(bundle: dict[str, Any]) -> str:
    pinned, kept = 0, 0
    told = {json.loads(b64(e["value_b64"])).get("request_sha256") for e in bundle["ledger"]}
    for signed in bundle["receipts"]:
        receipt = _document(bundle, signed, "fengqiao-receipt-v1", "received_at")
        if receipt["dispute_code"] != bundle["dispute_code"]:
            raise Wrong("有一张回执不属本案 / a receipt is of another dispute")
        kept += receipt["request_sha256"] in told
        if receipt["pinned"] is not None:
            pin = receipt["pinned"]
            _check_entry(bundle, pin["sequence"], bytes.fromhex(pin["hash_sha256"]))
            pinned += 1
    return (
        f"{len(bundle['receipts'])} 张 / receipts, {pinned} 张钉在台账上 / pinned to the ledger, "
        f"{kept} 张的请求已入台账 / of a request that the ledger tells"
    )


def _check_checkpoints(bundle: dict[str, Any]) -> str:
    before: dict[str, Any] | None = None
    linked = 0
    for each in bundle["checkpoints"]:
        point = _document(bundle, each["signed"], "fengqiao-checkpoint-v1", "at")
        if before is not None:
            in_order = before["number"] < point["number"] and moment(before["at"]) <= moment(
                point["at"]
            )
            if not in_order:
                raise Wrong(f"检查点 {point['number']} 次序不符 / out of order")
        follows = before is not None and point["number"] == before["number"] + 1
        if follows and point["previous_sha256"] != sha256_of(before):
            raise Wrong(f"检查点 {point['number']} 接不上前一个 / does not follow the one before")
        if point["number"] == 1 and point["previous_sha256"] != "0" * 64:
            raise Wrong("第一个检查点之前不应有检查点 / nothing stands before the first")
        linked += follows
        before = point
    return f"{len(bundle['checkpoints'])} 个 / checkpoints, {linked} 处相扣 / linked"


def _check_inclusion(bundle: dict[str, Any]) -> str:
    last = 0
    for each in bundle["checkpoints"]:
        proof = each.get("inclusion")
        if proof is None:
            continue
        point = each["signed"]["document"]
        sequence, hash_ = whole(proof["sequence"]), b64(proof["hash_b64"])
        _check_entry(bundle, sequence, hash_)
        if sequence <= last:
            raise Wrong(f"检查点 {point['number']} 中序号倒退 / the ledger went back")
        leaf = sha256(b"\x00", lp(bundle["dispute_code"]), lp(str(sequence)), hash_)
        path = [b64(step) for step in proof["path_b64"]]
        if len(path) > PATH_STEPS_MAX or tree_root(
            leaf, whole(proof["index"]), whole(point["count"]), path
        ) != bytes.fromhex(point["root_sha256"]):
            raise Wrong(f"检查点 {point['number']} 不含此条 / does not include entry {sequence}")
        last = sequence
    return f"检查点已覆盖至第 {last} 条，共 {len(bundle['ledger'])} 条 / covered up to {last}"


def _check_entry(bundle: dict[str, Any], sequence: int, hash_: bytes) -> None:
    """Raises Wrong unless the ledger's entry of that sequence has that hash."""
    ledger = bundle["ledger"]
    if not 1 <= sequence <= len(ledger):
        raise Wrong(f"台账缺第 {sequence} 条 / the ledger lacks entry {sequence}")
    if b64(ledger[sequence - 1]["hash_b64"]) != hash_:
        raise Wrong(f"第 {sequence} 条与当时不同 / entry {sequence} is not what it was")


def _document(
    bundle: dict[str, Any], signed: dict[str, Any], kind: str, time_field: str
) -> dict[str, Any]:
    """The document that the exchange signed, at a time when its key was valid."""
    document: dict[str, Any] = signed["document"]
    if signed["alg"] != "ed25519" or document["format"] != kind:
        raise Wrong(f"不是 {kind} / another format or algorithm")
    key = _key(bundle, signed["key_id"], bundle["exchange"], moment(document[time_field]))
    message = canonical({name: value for name, value in signed.items() if name != "signature"})
    verify(key, signed["signature"], message, kind)
    return document


def _key(bundle: dict[str, Any], key_id: str, agency: str, at: datetime) -> Ed25519PublicKey:
    """That agency's key of that id, valid at that time; its id must be its own."""
    for form in bundle["keys"]:
        if (form["key_id"], form["agency"]) != (key_id, agency):
            continue
        until = form["valid_to"]
        valid = moment(form["valid_from"]) <= at and (until is None or at < moment(until))
        if valid and form["key_id"] == id_of_key(agency, form["key"]):
            return Ed25519PublicKey.from_public_bytes(b64(form["key"]))
    raise Wrong(f"{agency} 无此密钥或当时无效 / no valid key of {agency}: {key_id}")


__all__ = ["Check", "Verdict", "verify_bundle"]
