"""The bank over HTTP, by the contract in ``docs/bank.md``.

Nothing of an answer and no account stands in a log: refusals are codes, faults are kinds. Redirects
are not followed, proxies of the environment are not used, and no call waits longer than its limit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

import httpx2

from app.core.clock import SHANGHAI
from app.core.settings import Settings
from app.payments.bank_signing import (
    read_amount,
    read_balance,
    read_instant,
    read_line,
    read_payment,
    read_payout,
    read_text,
)
from app.payments.ports import (
    Bank,
    BankAway,
    BankRefused,
    DayStatement,
    OrderAsked,
    OrderKnown,
    Payment,
    PayoutAsked,
    PayoutKnown,
    StatementRow,
)

T = TypeVar("T")
_TIMEOUT: Final = httpx2.Timeout(15, connect=5)
_MOST_PAGES: Final = 1000
_PAGE: Final = 1000
# The bank may say yes to the same request later: it is busy, or our token is being changed.
_AGAIN: Final = frozenset({401, 403, 408, 425, 429})
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class HttpBank:
    """A bank that speaks the contract. ``transport`` is for tests; the network by default."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.url, self._token, self._transport = url.rstrip("/"), token, transport

    async def register_order(self, order: OrderAsked) -> OrderKnown:
        body = {
            "number": order.number,
            "amount_minor": order.amount_minor,
            "purpose": order.subject[:200],
            "expires_at": order.due_at.isoformat(),
        }
        if order.payer_account:
            body |= {"payer_name": order.payer_name, "payer_account": order.payer_account}
        # why the end: with another one it is another request, and no repetition of the first
        key = f"order-{order.number}-{order.due_at:%Y%m%dT%H%M%S}"
        said = await self._ask("POST", "/v1/orders", key=key, body=body)
        return self._read(partial(self._order, order.number), said)

    async def find_order(self, number: str) -> OrderKnown | None:
        said = await self._find(f"/v1/orders/{number}")
        if said is None:
            return None
        known = self._read(partial(self._order, number), said)
        missing = [one for one in known.payments if not one.payer_account]
        return await self._name_payers(known) if missing else known

    async def order_payout(self, payout: PayoutAsked) -> PayoutKnown:
        body: dict[str, Any] = {
            "number": payout.number,
            "kind": payout.kind,
            "payment_number": payout.payment_reference,
            "amount_minor": payout.amount_minor,
            "reason": payout.reason,
        }
        if payout.payee_account is not None:
            body |= {"payee_name": payout.payee_name, "payee_account": payout.payee_account}
        said = await self._ask("POST", "/v1/payouts", key=f"payout-{payout.number}", body=body)
        return self._read(read_payout, said)

    async def find_payout(self, number: str) -> PayoutKnown | None:
        said = await self._find(f"/v1/payouts/{number}")
        return None if said is None else self._read(read_payout, said)

    async def read_statement(self, day: date) -> DayStatement:
        rows: list[StatementRow] = []
        opening: int | None = None
        closing: int | None = None
        async for said in self._statement_pages(day):
            if said.get("day") != day.isoformat():
                raise BankAway("another-day")
            if said.get("closed") is False:
                raise BankAway("day-not-over")
            rows += self._read(_read_rows, said)
            opening, closing = self._read(_read_balances, said)
        return DayStatement(day, tuple(rows), opening, closing)

    async def _statement_pages(self, day: date) -> AsyncIterator[dict[str, Any]]:
        after = ""
        for _ in range(_MOST_PAGES):
            path = f"/v1/statements/{day.isoformat()}?limit={_PAGE}"
            said = await self._ask("GET", f"{path}&after={after}" if after else path)
            yield said
            after = self._read(read_line, said.get("next"))
            if not after:
                return
        raise BankAway("endless-statement")

    async def _name_payers(self, known: OrderKnown) -> OrderKnown:
        """A bank that names no payer with its orders names him in the statement of the day."""
        days = {one.arrived_at.astimezone(SHANGHAI).date() for one in known.payments}
        payers: dict[str, tuple[str, str]] = {}
        for day in sorted(days):
            async for said in self._statement_pages(day):
                payers |= self._read(_read_payers, said)
        named = [
            replace(
                one,
                payer_name=payers[one.reference][0],
                payer_account=payers[one.reference][1],
            )
            for one in known.payments
            if one.reference in payers
        ]
        return replace(known, payments=tuple(named))

    def _order(self, number: str, said: dict[str, Any]) -> OrderKnown:
        if said["number"] != number:
            raise ValueError("another order")
        counter = read_line(said.get("counter_url")) or self.url + said["counter_path"]
        return OrderKnown(
            number=number,
            payee_name=read_text(said, "payee_name", 200),
            payee_bank=read_text(said, "payee_bank", 200),
            payee_account=read_text(said, "payee_account", 64),
            counter_url=counter,
            payments=tuple(_payment_of(number, one) for one in said.get("payments", ())),
            due_at=read_instant(said["expires_at"]) if said.get("expires_at") else None,
        )

    def _read(self, reader: Callable[[Any], T], said: Any) -> T:
        try:
            return reader(said)
        except _UNREADABLE as error:
            raise BankAway(f"unreadable-{type(error).__name__}") from None

    async def _find(self, path: str) -> dict[str, Any] | None:
        try:
            return await self._ask("GET", path)
        except BankRefused as refused:
            if refused.args[0] == "not-found":
                return None
            raise

    async def _ask(
        self, method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """One request. Raises BankAway (ask again) or BankRefused (a definite no)."""
        headers = {"Authorization": f"Bearer {self._token}"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            async with self._client() as client:
                response = await client.request(method, self.url + path, headers=headers, json=body)
        except httpx2.HTTPError as error:
            raise BankAway(type(error).__name__) from None
        if response.is_success:
            return self._read(_as_object, response)
        if response.status_code in _AGAIN or not 400 <= response.status_code < 500:
            raise BankAway(f"status-{response.status_code}")
        raise BankRefused(_code_of(response), False)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx2.AsyncClient]:
        async with httpx2.AsyncClient(
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
        ) as client:
            yield client


def make_bank(settings: Settings) -> Bank | None:
    """The bank that the settings name; None: this market takes no money."""
    return HttpBank(settings.bank_url, settings.bank_token) if settings.bank_url else None


def _as_object(response: httpx2.Response) -> dict[str, Any]:
    said = response.json()
    if not isinstance(said, dict):
        raise TypeError("no object")
    return said


def _code_of(response: httpx2.Response) -> str:
    """The refusal's code; of anything else only its status, since it may quote what we sent."""
    try:
        code = response.json().get("code")
    except _UNREADABLE:
        code = None
    return code if isinstance(code, str) and code.isascii() else f"status-{response.status_code}"


def _payment_of(number: str, said: dict[str, Any]) -> Payment:
    return read_payment(said | {"order_number": number})


def _read_rows(said: dict[str, Any]) -> list[StatementRow]:
    return [
        StatementRow(
            reference=read_text(one, "bank_number", 64),
            incoming=_is_incoming(one["direction"]),
            amount_minor=read_amount(one["amount_minor"]),
            at=read_instant(one["at"]),
            order_number=read_line(one.get("order_number")) or read_line(one.get("remark")) or None,
            payout_number=read_line(one.get("payout_number")) or None,
        )
        for one in said["entries"]
    ]


def _is_incoming(direction: object) -> bool:
    if direction not in ("in", "out"):
        raise ValueError("neither in nor out")
    return direction == "in"


def _read_balances(said: dict[str, Any]) -> tuple[int | None, int | None]:
    return read_balance(said.get("opening_minor")), read_balance(said.get("closing_minor"))


def _read_payers(said: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        one["bank_number"]: (
            read_line(one["counterparty_name"]),
            read_line(one["counterparty_account"]),
        )
        for one in said["entries"]
        if one["direction"] == "in"
    }
