"""What the checker reads of the real engines is what lies there, and its own hashes agree."""

from pathlib import Path

from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.topics import DISPUTES, REFERRALS
from exchange.identity.keys import SigningKey
from exchange.local.stack import LocalStack
from tests.checker.case import Case
from tests.checker.order import hash_chain, out_of_order
from tests.checker.reading_engines import observe_engines
from tests.support.running import eventually, new_code, parts_of, working
from tests.support.toy import TOY
from tests.support.watching import journal_becomes, published, told

KINDS = ("first", "clock:toy.limit:3600", "offer:PM-330803112213-01:first")


async def test_topics_and_tables_are_read_whole(engines: LocalStack, tmp_path: Path) -> None:
    code = new_code()
    async with parts_of(TOY, engines, tmp_path) as parts, working(parts):
        await told(engines, code, *KINDS)
        await journal_becomes(parts.store, code, *KINDS)
        ledger = await parts.store.ledger(code)

        async def sent() -> bool:
            return len(await published(engines, code)) == len(ledger)

        await eventually(sent, "all of it is on the topic")
    observed = await observe_engines(engines, ["routing"], SigningKey.generate(EXCHANGE))

    (routing,) = observed.services
    assert [e.hash for e in routing.ledger if e.code == code] == [e.hash for e in ledger]
    assert [(c.rule, c.instance) for c in routing.clocks if c.code == code] == [("toy.limit", "1")]
    assert [h.about for h in routing.handoffs if h.code == code] == ["first"]
    on_topics = {r.topic for r in observed.records if r.key == code.encode()}
    assert on_topics == {DISPUTES.name, REFERRALS.name}
    assert all(r.appended_at is not None for r in observed.records)
    case = Case([], observed)
    assert len(case.stories[code]) == len(KINDS)
    assert [v.what for v in (*out_of_order(case), *hash_chain(case))] == []
