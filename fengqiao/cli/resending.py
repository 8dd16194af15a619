"""Which part of a story is sent again: where a reader is parked, only what it misses."""

import asyncio
from typing import Any

from fengqiao.cli.declared import SERVICES
from fengqiao.cli.operator import Operator
from fengqiao.client.errors import CallRefused

NOT_FOUND = 404


class NothingMissing(Exception):
    """The dispute is parked at a service for another reason than a gap."""

    def __init__(self, code: str, service: str, cause: str) -> None:
        super().__init__(
            f"{code} 在 {service} 挂起（{cause}），没有缺失的序号，重发无济于事；"
            f"请先 fengqiao parked show {code} --service {service}，修复后放行"
            " / parked there and nothing is missing: mend its cause and release"
        )


async def missing_only(operator: Operator, code: str) -> dict[str, int]:
    """What to ask of `:resend`: nothing where nobody is parked, else the range that is missing.

    Raises NothingMissing where a queue waits and no reader has a gap.
    """
    queues = await asyncio.gather(*(_queue(operator, name, code) for name in SERVICES))
    waiting = {name: queue for name, queue in zip(SERVICES, queues, strict=True) if queue}
    if not waiting:
        return {}
    gaps = [queue["missing"] for queue in waiting.values() if queue["missing"]]
    if not gaps:
        service, queue = next(iter(waiting.items()))
        raise NothingMissing(code, service, queue["queue"][0]["cause"])
    return {"first": min(first for first, _ in gaps), "last": max(last for _, last in gaps)}


async def _queue(operator: Operator, service: str, code: str) -> dict[str, Any] | None:
    try:
        queue: dict[str, Any] = await operator.get(service, f"/ops/parked/{code}")
    except CallRefused as refused:
        if refused.status == NOT_FOUND:
            return None
        raise
    return queue
