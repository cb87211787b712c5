"""Putting the two files together from what a sale left behind.

The market builds them from its tables, the simulation from its store in memory; both the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.auctions.engine.canonical import chain, genesis
from app.auctions.engine.codec import to_json
from app.auctions.engine.types import Gap, Head, LotOutcome, Place
from app.auctions.verifying.files import Json, Openings


def chain_events(first_hash: str, events: Iterable[Json]) -> list[dict[str, Any]]:
    """Public events, each with its hash, the first one following the genesis."""
    previous, chained = first_hash, []
    for event in events:
        previous = chain(previous, event)
        chained.append({**event, "hash": previous})
    return chained


def first_hash(
    lot: str, terms: Json, rulebook: Json, reserve_commitment: str | None, subject: Json
) -> str:
    """The genesis of a sale."""
    return genesis(
        lot_number=lot,
        terms=terms,
        rulebook=rulebook,
        reserve_commitment=reserve_commitment,
        subject=subject,
    )


def show_codes(places: Iterable[Place]) -> list[dict[str, Any]]:
    """Who was admitted, by code: the order of admission is nobody's business."""
    return [
        {"code": place.code, "rank": place.rank}
        for place in sorted(places, key=lambda place: place.code)
    ]


def show_outages(gaps: Iterable[Gap]) -> list[list[Any]]:
    """The gaps that have ended, by their beginning."""
    ended = [gap for gap in gaps if gap.ended_at is not None]
    ended.sort(key=lambda gap: gap.started_at)
    return [[to_json(gap.started_at), to_json(gap.ended_at)] for gap in ended]


def show_result(head: Head) -> dict[str, Any]:
    """How it ended; price and winner only of a sale that was won, and stands."""
    won = head.outcome is LotOutcome.won
    return {
        "outcome": to_json(head.outcome),
        "ending": to_json(head.ending),
        "closed_at": to_json(head.closed_at),
        "winner": head.leader if won else None,
        "price_minor": head.price_minor if won else None,
    }


def open_sale(
    record: bytes,
    lot: str,
    *,
    secrets: Mapping[int, tuple[Json, bytes]],
    reserve: tuple[Json, bytes] | None,
    places: Sequence[Place],
) -> Openings:
    """The openings of a record: value and salt by event number, the reserve's, and what was
    weighed of each bidder."""
    rows = [
        {"seq": seq, "value": value, "salt": salt.hex()}
        for seq, (value, salt) in sorted(secrets.items())
    ]
    weighed = sorted((place for place in places if place.values), key=lambda place: place.code)
    return Openings(
        lot=lot,
        record=hashlib.sha256(record).hexdigest(),
        reserve=None if reserve is None else {"value": reserve[0], "salt": reserve[1].hex()},
        secrets=rows,
        places=[{"code": place.code, "values": dict(place.values)} for place in weighed],
    )
