"""The payers' counter (柜台): plain pages without script, where anybody may pay anything.

A demonstration wants to try what real payers do: too much, too little, late, twice, from somebody
else's account. So the pages warn and forbid nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from app.bank.book import SHANGHAI, Book
from app.bank.errors import Fault, Invalid, NotFound, Refusal
from app.bank.schemas import TransferIn, as_invalid, parse_yuan
from app.bank.transfers import Counter, find_counter, list_sent, send
from app.bank.types import ACCOUNT, ACCOUNT_NAME, BANK_NAME
from app.core.money import format_yuan

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
FIELDS: Final = ("payer_name", "payer_account", "amount", "order_number", "remark", "delay_s")
DELAYS: Final = (0, 10, 60, 600)

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=HERE / "templates")


def show_time(instant: str) -> str:
    """An instant as people read it, in Shanghai."""
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def show_account(number: str) -> str:
    """An account number in groups of four."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


templates.env.filters |= {"yuan": format_yuan, "time": show_time, "account": show_account}


def get_book(request: Request) -> Book:
    """The bank's file."""
    book: Book = request.app.state.book
    return book


async def read_form(request: Request) -> dict[str, str]:
    """A form as browsers send it; a field that comes twice counts once, the last."""
    raw = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(raw, keep_blank_values=True, max_num_fields=50))


BookDep = Annotated[Book, Depends(get_book)]
FormDep = Annotated[dict[str, str], Depends(read_form)]


@router.get("/")
def go_to_counter() -> Response:
    """The bank has one window."""
    return RedirectResponse("/counter", 303)


@router.get("/counter")
def show_open_counter(request: Request) -> Response:
    """A transfer that names any order, or none."""
    return _show(request, None, {})


@router.post("/counter")
def take_at_open_counter(request: Request, book: BookDep, form: FormDep) -> Response:
    """Send it."""
    return _take(request, book, None, form)


@router.get("/counter/sent/{key}")
def show_sent(request: Request, book: BookDep, key: str) -> Response:
    """The receipt (回单) of what was sent."""
    page = {"sent": list_sent(book, key), "account": ACCOUNT, "account_name": ACCOUNT_NAME}
    return templates.TemplateResponse(request, "sent.html", page)


@router.get("/counter/{slug}")
def show_counter(request: Request, book: BookDep, slug: str) -> Response:
    """Pay for an order."""
    order = find_counter(book, slug)
    typed = {
        "payer_name": order.payer_name,
        "payer_account": show_account(order.payer_account),
        "amount": format_yuan(order.amount).removeprefix("¥"),
    }
    return _show(request, order, typed)


@router.post("/counter/{slug}")
def take_at_counter(request: Request, book: BookDep, slug: str, form: FormDep) -> Response:
    """Send it."""
    return _take(request, book, find_counter(book, slug), form)


def _take(request: Request, book: Book, order: Counter | None, form: dict[str, str]) -> Response:
    given = {name: form[name] for name in FIELDS if form.get(name)}
    if order:
        given["order_number"] = order.number
    try:
        transfer, amount = _read(given | {"key": form.get("key", ""), **_times(form)})
        send(book, transfer, amount)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return _show(request, order, form, refusal)
    return RedirectResponse(f"/counter/sent/{transfer.key}", 303)


def _times(form: Mapping[str, str]) -> dict[str, str]:
    return {"times": "2"} if form.get("twice") else {}


def _read(given: Mapping[str, str]) -> tuple[TransferIn, int]:
    """What was typed, and the amount in 分. Raises Invalid with every fault at once."""
    faults: list[Fault] = []
    amount, transfer = 0, None
    try:
        transfer = TransferIn.model_validate({"amount": "", **given})
    except ValidationError as error:
        faults += as_invalid(error.errors()).errors
    try:
        amount = parse_yuan(given.get("amount", ""))
    except PydanticCustomError as error:
        faults.append(Fault("amount", error.message()))
    if faults or transfer is None:
        raise Invalid(errors=faults)
    return transfer, amount


def _show(
    request: Request,
    order: Counter | None,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Response:
    """The form, with what was typed and what is wrong with it."""
    faults = {one.field: one.message for one in refusal.errors} if refusal else {}
    page: dict[str, Any] = {
        "order": order,
        "typed": typed,
        "refusal": refusal,
        "faults": faults,
        "key": secrets.token_hex(16),
        "delays": DELAYS,
        "account": ACCOUNT,
        "account_name": ACCOUNT_NAME,
        "bank_name": BANK_NAME,
    }
    status = refusal.status if refusal else 200
    return templates.TemplateResponse(request, "counter.html", page, status_code=status)


def show_refusal(request: Request, refusal: Refusal) -> Response:
    """A refusal as a page."""
    return templates.TemplateResponse(
        request, "refused.html", {"refusal": refusal}, status_code=refusal.status
    )
