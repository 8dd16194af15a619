"""The order of a dispute's story, and the chain that holds it."""

from collections.abc import Sequence

from tests.checker.case import Case, Fact, as_object
from tests.checker.hashing import GENESIS, entry_hash, partition_of
from tests.checker.history import Delivery, SeenDispute, SeenEntry, SeenHandoff
from tests.checker.verdict import Finding, Violation


def out_of_order(case: Case) -> Finding:
    """P3, P7: per dispute the first occurrences on the topic are 1..n, in the partition of its key;
    so is the ledger; every reader applied 1, 2, 3 ...; an agency gets what belongs to one dispute
    in the order of the story and in the order in which it was owed."""
    for code, story in case.stories.items():
        got = [fact.sequence for fact in story]
        if got != list(range(1, len(story) + 1)):
            yield Violation(f"{code} is told as {got}", [fact.record for fact in story])
    yield from _misplaced(case)
    for service in case.observation.services:
        for code, entries in _by_code(service.ledger).items():
            got = [entry.sequence for entry in entries]
            if got != list(range(1, len(entries) + 1)):
                yield Violation(f"the ledger of {code} is numbered {got}", entries)
        for row in service.disputes:
            yield from _applied(service.name, row)
    yield from _deliveries(case)


def _misplaced(case: Case) -> Finding:
    counts: dict[str, int] = {}
    for service in case.observation.services:
        for part in service.positions:
            counts[part.topic] = max(counts.get(part.topic, 0), part.partition + 1)
    for fact in case.facts.values():
        record, count = fact.record, counts.get(fact.record.topic, 1)
        if count > 1 and partition_of(record.key or b"", count) != record.partition:
            yield Violation("a record lies where its key does not belong", (record,))


def _applied(service: str, row: SeenDispute) -> Finding:
    """A door's timeline has every canonical event that it applied, as it applied them."""
    state = as_object(row.state)
    got = [moment["sequence"] for moment in state.get("timeline", ())]
    if got and got != list(range(got[0], got[0] + len(got))):
        yield Violation(f"{service} applied {got} of {row.code}", (row,))
    elif got and row.sequence_in and got[-1] != row.sequence_in:
        yield Violation(f"{service} stands at {row.sequence_in}, applied up to {got[-1]}", (row,))


def _deliveries(case: Case) -> Finding:
    handoffs = {h.id: h for service in case.observation.services for h in service.handoffs}
    last: dict[tuple[str, str], Delivery] = {}
    seen: set[str] = set()
    for delivery in case.deliveries:
        if delivery.handoff_id in seen:
            continue
        seen.add(delivery.handoff_id)
        to = (delivery.agency, delivery.dispute_code)
        before = last.get(to)
        if before is not None and _is_behind(delivery, before, handoffs):
            yield Violation(f"{delivery.agency} got an earlier one later", (before, delivery))
        last[to] = delivery


def _is_behind(one: Delivery, before: Delivery, handoffs: dict[str, SeenHandoff]) -> bool:
    owed, owed_before = handoffs.get(one.handoff_id), handoffs.get(before.handoff_id)
    if owed and owed_before and owed.position < owed_before.position:
        return True
    told, told_before = one.sequence, before.sequence
    return told is not None and told_before is not None and told < told_before


def hash_chain(case: Case) -> Finding:
    """P10: each entry's hash, computed anew, is the one on the topic and in the ledger; topic and
    ledger agree byte for byte; the heads of all readers and the pins of all receipts are on it."""
    chains = {code: _chain(story) for code, story in case.stories.items()}
    for code, story in case.stories.items():
        for fact, hash_ in zip(story, chains[code], strict=True):
            if fact.hash != hash_.hex():
                yield Violation(f"{code}/{fact.sequence} has another hash", (fact.record,))
    for service in case.observation.services:
        for entry in service.ledger:
            yield from _differs(case, entry, chains.get(entry.code, ()))
        for row in service.disputes:
            at = max(row.sequence_in, row.sequence_out)
            if row.head and _at(chains.get(row.code, ()), at) not in (None, row.head):
                yield Violation(f"{service.name} holds another head at {at}", (row,))
    for outcome in case.outcomes.values():
        document = (outcome.receipt or {}).get("document", {})
        pin, chain = document.get("pinned"), chains.get(document.get("dispute_code"), ())
        if pin and (hash_ := _at(chain, pin["sequence"])) and hash_.hex() != pin["hash_sha256"]:
            yield Violation("a receipt stands on an entry that is not there", (outcome,))


def _chain(story: Sequence[Fact]) -> list[bytes]:
    hashes, prev = [], GENESIS
    for f in story:
        value = f.record.value or b""
        prev = entry_hash(prev, f.id, f.type, f.code, f.sequence or 0, f.time, value)
        hashes.append(prev)
    return hashes


def _differs(case: Case, entry: SeenEntry, chain: Sequence[bytes]) -> Finding:
    fact = case.facts.get(entry.id)
    if fact is not None and fact.record.value != entry.value:
        yield Violation("ledger and topic differ", (entry, fact.record))
    before = GENESIS if entry.sequence == 1 else _at(chain, entry.sequence - 1)
    if before is not None and entry.prev != before:
        yield Violation(f"{entry.code}/{entry.sequence} follows another entry", (entry,))
    if _at(chain, entry.sequence) not in (None, entry.hash):
        yield Violation(f"{entry.code}/{entry.sequence} is not what was told", (entry,))


def _at(chain: Sequence[bytes], sequence: int) -> bytes | None:
    return chain[sequence - 1] if 1 <= sequence <= len(chain) else None


def _by_code(entries: Sequence[SeenEntry]) -> dict[str, list[SeenEntry]]:
    found: dict[str, list[SeenEntry]] = {}
    for entry in entries:
        found.setdefault(entry.code, []).append(entry)
    return found
