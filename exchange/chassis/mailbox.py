"""The mailbox: handoffs for agencies that let no call in. Same rows, order and receipts as push."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from exchange.chassis.answers import ANSWER_BYTES_MAX, Answer, Answers, said_in, take_answer
from exchange.chassis.decider import FieldError, Refused
from exchange.chassis.door import Call, Door
from exchange.chassis.problems import not_found, not_valid
from exchange.chassis.rows import HandoffRow
from exchange.chassis.telemetry import current_traceparent
from exchange.chassis.wake import Wake

WAIT_S_MAX = 30
PAGE_MAX = 100
CURSOR_MAX = 2**63 - 1
POLL_S = 0.25


def mailbox_router(door: Door, answers: Answers, wake: Wake) -> APIRouter:
    """`GET /v1/handoffs` waits for what is new; `POST /v1/handoffs/{id}:answer` signs for one."""
    mailbox = Mailbox(door, answers, wake)
    router = APIRouter(tags=["handoffs"])
    router.get("/v1/handoffs")(mailbox.handoffs)
    router.post("/v1/handoffs/{handoff_id}:answer")(mailbox.answer)
    return router


class Mailbox:
    """The two endpoints; open to the kinds of agency that the service serves."""

    def __init__(self, door: Door, answers: Answers, wake: Wake) -> None:
        self._door, self._answers, self._wake = door, answers, wake

    async def handoffs(
        self,
        request: Request,
        after: Annotated[
            int, Query(ge=0, le=CURSOR_MAX, description="cursor of the page before")
        ] = 0,
        wait: Annotated[int, Query(ge=0, le=WAIT_S_MAX, description="seconds to wait")] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
    ) -> Response:
        """Handoffs that wait for the caller, in order. Asking again from 0 gives them again."""
        call = await self._door.call(request, kinds=self._answers.service.serves)
        clock = asyncio.get_running_loop().time
        until = clock() + wait
        while True:
            page = await self._door.store.mailbox(call.agency.agency, after=after, limit=limit)
            if page or clock() >= until:
                break
            await asyncio.sleep(min(POLL_S, max(0.0, until - clock())))
        cursor = page[-1][0] if page else after
        return self._door.answer(
            {"handoffs": [orjson.loads(row.body) for _, row in page], "after": cursor}, call=call
        )

    async def answer(self, request: Request, handoff_id: str) -> Response:
        """The caller's signed answer. Answering again changes nothing and succeeds again."""
        call = await self._door.call(
            request, kinds=self._answers.service.serves, body_bytes_max=ANSWER_BYTES_MAX
        )
        said = _said(call)
        row = await self._door.store.handoff(handoff_id)
        if row is None or row.agency != call.agency.agency:
            raise not_found()
        if row.state == "dead":
            raise Refused(
                "handoff_dead",
                "该投递已判定为送不到，签收不再生效；请联系运维重新投递",
                "this handoff was given up; its answer no longer counts: call the operators",
            )
        if row.state in ("open", "unknown"):
            await self._take(call, row, said)
        return self._door.answer({"handoff_id": handoff_id, "answered": True}, call=call)

    async def _take(self, call: Call, row: HandoffRow, said: dict[str, Any]) -> None:
        """Fold the answer. Raises Refused 409 while an earlier one of the dispute waits."""
        if await self._door.store.waiting(row.id) is None:
            raise Refused(
                "handoff_out_of_order",
                "该纠纷还有更早的投递未签收，请按顺序签收",
                "an earlier handoff of this dispute is not answered yet; answer in order",
            )
        given = Answer(
            row,
            delivered=True,
            at=self._door.workshop.now(),
            said=said,
            proof=call.evidence,
            traceparent=current_traceparent(),
        )
        self._wake.after(await take_answer(self._answers, given))


def _said(call: Call) -> dict[str, Any]:
    said = said_in(call.body)
    if said is None:
        raise not_valid([FieldError("", "not_json", "请求体须为 JSON 对象", "a JSON object")])
    return said
