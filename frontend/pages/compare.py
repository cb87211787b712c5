"""Up to four achievements and offers side by side.

The address says what is compared, so it can be sent on; a cookie keeps what was compared last, so
that more can be added from any page.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalogue import service
from app.core.cookies import is_secure
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.comparing import (
    MOST,
    Cell,
    Comparison,
    Row,
    compare_href,
    lay_out,
    read_basket,
    read_items,
    write_basket,
)
from frontend.exports.columns import Column, Listing
from frontend.render import page
from search.documents import Kind

COOKIE = "compare"
_KEPT_S = 30 * 86_400

router = APIRouter(include_in_schema=False)


@router.get("/compare", name="compare")
async def compare(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """``item`` (``achievement:CG-…``, ``offer:GJ-…``) names what is compared; ``add`` puts
    something beside what was compared last; neither: what was compared last."""
    params = request.query_params
    basket = read_basket(request.cookies.get(COOKIE, ""))
    if "item" not in params and (basket or "add" in params):
        more, _ = read_items(params.getlist("add"))
        return RedirectResponse(compare_href(dict.fromkeys([*basket, *more])), 303)
    items, strange = read_items(params.getlist("item"))
    found = await tx.run(
        service.list_compared,
        achievements=[item.number for item in items if item.kind is Kind.achievement],
        offers=[item.number for item in items if item.kind is Kind.offer],
    )
    view = lay_out(items, strange, found, differ=params.get("differ") == "1")
    if view.columns and exports.asked(request):
        return await exports.send(request, tx, actor, _listing(view), exports.whole(view.rows))
    answer = page(request, "search/compare.html", view=view, most=MOST)
    answer.set_cookie(
        COOKIE,
        write_basket([column.item for column in view.columns]),
        max_age=_KEPT_S,
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


def _listing(view: Comparison) -> Listing[Row]:
    """The table as a file: a line for each row, a column for each thing."""
    columns = [
        Column(f"{column.compared.title} {column.item.number}", _cell(at))
        for at, column in enumerate(view.columns)
    ]
    return Listing("compare", "对比", (Column("项目", lambda row: row.label), *columns))


def _cell(at: int) -> Callable[[Row], Cell]:
    return lambda row: row.cells[at]
