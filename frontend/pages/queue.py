"""A queue of the operators: what waits, oldest first; one of it is decided, and on to the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.paging import Page
from app.core.tx import Tx
from frontend import exports
from frontend.forms import CLOSED, Form
from frontend.render import page

T = TypeVar("T")


async def _nothing_more(_tx: Tx, _actor: Actor, _found: Page[T]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Queue(Generic[T]):
    """One queue.

    ``waiting`` reads a page of it, which the template finds as ``name``; ``more`` is what else the
    template needs to know of that page.
    """

    path: str
    template: str
    name: str
    waiting: Callable[..., Awaitable[Page[T]]]
    listing: exports.Listing[T]
    more: Callable[[Tx, Actor, Page[T]], Awaitable[dict[str, Any]]] = _nothing_more

    async def show(self, request: Request, actor: Actor, tx: Tx, after: str | None) -> Response:
        """A page of what waits, or all of it as a file."""
        if exports.asked(request):
            fetch = exports.pages(tx, self.waiting, actor=actor)
            return await exports.send(request, tx, actor, self.listing, fetch)
        return await self._page(request, actor, tx, Form(), after=after)

    async def decide(
        self,
        request: Request,
        actor: Actor,
        tx: Tx,
        verb: Callable[..., Awaitable[Any]],
        form: Form,
        *,
        of: object = None,
        **said: Any,
    ) -> Response:
        """Run the verb; what it refuses stands over the queue.

        ``of`` tells the template which form was refused, to show again what was typed there.
        """
        try:
            await tx.run(verb, actor=actor, **said)
        except DomainError as error:
            form.refuse(error, but=CLOSED)
            return await self._page(request, actor, tx, form, status=error.status, of=of)
        return RedirectResponse(self.path, 303)

    async def _page(
        self,
        request: Request,
        actor: Actor,
        tx: Tx,
        form: Form,
        *,
        after: str | None = None,
        status: int = 200,
        of: object = None,
    ) -> Response:
        found = await tx.run(self.waiting, actor=actor, after=after)
        context = {self.name: found} | await self.more(tx, actor, found)
        return page(
            request, self.template, status=status, form=form, first=not after, of=of, **context
        )
