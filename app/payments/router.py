"""The one address that the bank speaks to. Its messages prove themselves by their signature."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.core.bodies import allow_body
from app.core.clock import read_offset
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork
from app.core.watch import note_event
from app.core.web import TxDep, problem_response
from app.payments import bank_signing, receiving
from app.payments.bank_signing import Signed
from app.payments.contradicting import tell_contradiction
from app.payments.errors import EventContradicts, EventStale, EventUnreadable, SignatureWrong

router = APIRouter(include_in_schema=False)

WEBHOOK_PATH: Final = "/payments/webhooks/bank"
MAX_BODY: Final = 64 * 1024


@router.post(WEBHOOK_PATH, name="bank_webhook")
async def take(request: Request, tx: TxDep) -> Response:
    """Take a message of the bank: 200 when it is kept or was kept before, 400 when it is not
    believed, 409 when it contradicts one that was.

    The signature is looked at before anything is parsed and before the database is asked.
    """
    allow_body(request, MAX_BODY)
    body = await request.body()
    said = request.headers
    try:
        signed = bank_signing.check_signature(
            request.app.state.bank_key,
            timestamp=said.get("bank-timestamp", ""),
            event_id=said.get("bank-event", ""),
            signature=said.get("bank-signature", ""),
            body=body,
        )
        new = await tx.run(take_signed, signed=signed, sealer=request.app.state.sealer)
    except (SignatureWrong, EventStale, EventUnreadable, EventContradicts) as refusal:
        note_event("bank.refused", code=refusal.code)
        if isinstance(refusal, EventContradicts):
            await tx.run(tell_contradiction, about=str(refusal.facts["about"]))
        return problem_response(request, refusal)
    return JSONResponse({"event": signed.event_id, "new": new})


async def take_signed(uow: UnitOfWork, *, signed: Signed, sealer: Sealer) -> bool:
    """A message whose signature is right: fresh by the real clock, readable, taken once.

    Raises EventStale, EventUnreadable, EventContradicts.
    """
    bank_signing.check_fresh(signed, uow.now - await read_offset(uow.session))
    event = bank_signing.read_event(signed)
    return await receiving.take_event(uow, event=event, body=signed.body, sealer=sealer)
