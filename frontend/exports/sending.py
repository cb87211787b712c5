"""From a list to an answer: who asks, how often, in which language, and the bytes one by one."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Sequence,
)
from contextlib import aclosing
from functools import partial
from typing import IO, Any, Final, Literal, TypeVar
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.i18n import Message, translate
from app.core.paging import Page
from app.core.tx import Tx
from app.reports.service import begin_export
from frontend.exports.cells import Plain, as_plain, clean
from frontend.exports.columns import Kind, Listing, Rows, Table
from frontend.exports.writing import CsvWriter, XlsxWriter
from frontend.render import locale_of

T = TypeVar("T")
Format = Literal["csv", "xlsx"]
Fetch = Callable[[str | None], Awaitable[Page[T]]]

FORMATS: Final[tuple[Format, ...]] = ("csv", "xlsx")
_BATCH: Final = 500
_PAGE: Final = 200  # rows of one reading
_BLOCK: Final = 1 << 16
# why: each workbook keeps a processor busy; those who bid meanwhile must not wait for it
_BUILDING: Final = asyncio.Semaphore(2)


def asked(request: Request) -> Format | None:
    """The file format that an address asks for; None for the page (also for an unknown word)."""
    word = request.query_params.get("format", "")
    return next((known for known in FORMATS if known == word), None)


def pages(tx: Tx, verb: Callable[..., Awaitable[Page[T]]], **arguments: Any) -> Fetch[T]:
    """A listing verb as ``send`` wants it: large pages, each in a transaction of its own."""

    async def fetch(after: str | None) -> Page[T]:
        return await tx.run(verb, **arguments, after=after, limit=_PAGE)

    return fetch


def short_pages(tx: Tx, verb: Callable[..., Awaitable[Page[T]]], **arguments: Any) -> Fetch[T]:
    """The same for a verb whose pages have one length."""

    async def fetch(after: str | None) -> Page[T]:
        return await tx.run(verb, **arguments, after=after)

    return fetch


def whole(items: Sequence[T]) -> Fetch[T]:
    """A list without pages as ``send`` wants it."""

    async def fetch(after: str | None) -> Page[T]:
        del after
        return Page(items)

    return fetch


async def send(
    request: Request, tx: Tx, actor: Actor, listing: Listing[T], fetch: Fetch[T]
) -> Response:
    """A list as the file that the request asks for.

    ``fetch`` gives the page after a cursor, and refuses as the page does: nothing is sent, counted
    or noted then. Raises TooManyAttempts (429).
    """
    first = await fetch(None)
    chosen = asked(request) or "csv"
    now = await tx.run(
        begin_export,
        actor=actor,
        address=request.client.host if request.client else "",
        listing=listing.word,
        form=chosen,
        audited=listing.audited,
    )
    name = translate(locale_of(request), listing.name)
    table = Table(
        f"{name}-{now.astimezone(SHANGHAI):%Y%m%d}",
        listing.heads(),
        _walk(first, listing, fetch),
        listing.most,
    )
    return await export(request, table, chosen)


async def export(request: Request, table: Table, form: Format) -> Response:
    """A table as a file. Whoever calls has asked for access, and counts where it matters."""
    locale = locale_of(request)
    heads = [(translate(locale, header), kind) for header, kind in table.columns]
    batches = _batches(table, [kind for _, kind in heads], locale)
    if form == "csv":
        return await _csv(table.name, heads, batches)
    return await _xlsx(table.name, heads, batches)


# A batch of rows, and a sentence to stand under the table ("" but for the last one).
Batch = tuple[list[list[Plain]], str]


async def _walk(
    page: Page[T], listing: Listing[T], fetch: Fetch[T]
) -> AsyncIterator[Sequence[Any]]:
    """The rows of a list, each page of it read in a transaction of its own."""
    while True:
        for item in page.items:
            yield listing.row(item)
        if page.next is None:
            return
        page = await fetch(page.next)


async def _batches(table: Table, kinds: Sequence[Kind], locale: str) -> AsyncIterator[Batch]:
    """Rows as plain values, up to the ceiling, and what to say when they went beyond it."""
    rows: list[list[Plain]] = []
    count = 0
    async with aclosing(_each(table.rows)) as each:
        async for row in each:
            if count == table.most:
                most = f"{table.most:,}"
                sentence = Message(
                    "仅导出前 %(most)s 行，其余内容请缩小筛选范围后分次导出。", most=most
                )
                yield rows, translate(locale, sentence)
                return
            count += 1
            rows.append(
                [as_plain(value, kind, locale) for value, kind in zip(row, kinds, strict=True)]
            )
            if len(rows) == _BATCH:
                yield rows, ""
                rows = []
    yield rows, ""


async def _each(rows: Rows) -> AsyncGenerator[Sequence[Any], None]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
        return
    for row in rows:
        yield row


async def _csv(
    name: str, heads: Sequence[tuple[str, Kind]], batches: AsyncIterator[Batch]
) -> Response:
    writer = CsvWriter()
    # why: a list that fails at its beginning must answer as its page does, not as half a file
    first = await anext(batches)

    async def body() -> AsyncIterator[bytes]:
        yield writer.head([clean(header) for header, _ in heads])
        yield _csv_batch(writer, first)
        async for batch in batches:
            yield await asyncio.to_thread(_csv_batch, writer, batch)

    return StreamingResponse(body(), headers=_headers(name, "csv"), media_type=writer.media_type)


def _csv_batch(writer: CsvWriter, batch: Batch) -> bytes:
    rows, sentence = batch
    return writer.write([*rows, [sentence]] if sentence else rows)


async def _xlsx(
    name: str, heads: Sequence[tuple[str, Kind]], batches: AsyncIterator[Batch]
) -> Response:
    async with _BUILDING:
        make = partial(XlsxWriter, name, [clean(head) for head, _ in heads])
        writer = await asyncio.to_thread(make, [kind for _, kind in heads])
        try:
            async for rows, sentence in batches:
                await asyncio.to_thread(writer.write, rows)
                if sentence:
                    writer.add_line(sentence)
            file = await asyncio.to_thread(writer.finish)
        except BaseException:
            writer.discard()
            raise
    headers = _headers(name, "xlsx") | {"Content-Length": str(_size(file))}
    return StreamingResponse(_blocks(file), headers=headers, media_type=writer.media_type)


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _blocks(file: IO[bytes]) -> Iterable[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


def _headers(name: str, suffix: str) -> dict[str, str]:
    """Names of files are Chinese: RFC 6266 with RFC 8187, and a plain name for old programs."""
    spelt = quote(f"{name}.{suffix}", safe="")
    plain = f'attachment; filename="export.{suffix}"'
    return {
        "Content-Disposition": f"{plain}; filename*=UTF-8''{spelt}",
        "Cache-Control": "private, no-store",
    }
