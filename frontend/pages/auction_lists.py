"""Lists of auctions with what stands beside them: a shelf with its sellers, the bids of a lot that
is over."""

from __future__ import annotations

from app.accounts import service as accounts
from app.auctions import service
from app.auctions.types import LotView, PublicBid, Shelf
from app.core.errors import Conflict, FieldError, Invalid
from app.core.paging import Page, decode_cursor, encode_cursor
from app.core.tx import UnitOfWork


class LotNotOver(Conflict):
    """The record of a lot is whole only when it has ended."""

    code, title = "lot-not-over", "竞价结束后才能导出报价记录"


async def public_lots(
    uow: UnitOfWork, *, shelf: Shelf, after: str | None, limit: int = 20
) -> Page[tuple[LotView, str]]:
    """One page of a shelf with the sellers' names."""
    found = await service.list_lots(uow, shelf=shelf, after=after, limit=limit)
    sellers = await accounts.get_organisations(uow, ids={lot.seller_id for lot in found.items})
    named = [
        (lot, sellers[lot.seller_id].name if lot.seller_id in sellers else "")
        for lot in found.items
    ]
    return Page(named, found.next)


async def published_bids(
    uow: UnitOfWork, *, number: str, after: str | None, limit: int
) -> Page[PublicBid]:
    """Every bid of a closed lot in its order, as anybody may see it: codes, no identities.

    Raises LotMissing, LotNotOver. ``limit`` is the room's own.
    """
    del limit
    lot = await service.show_lot(uow, number=number)
    if not lot.is_over:
        raise LotNotOver()
    seq = decode_cursor(after, int)[0] if after else 0
    if not 0 <= seq <= lot.seq:
        raise Invalid([FieldError("after", "翻页标记无效，请从第一页重新开始")])
    bids = (await service.read_live(uow, lot_id=lot.id, after=seq)).bids
    last = bids[-1].seq if bids else lot.seq
    return Page(bids, encode_cursor(last) if last < lot.seq else None)
