"""Vectors come and go: made of texts that have none, served when all have theirs, let go after.

A text is encoded once for each model, however many documents have it and however often they are
written. A new model is ``building`` while the old one serves; when no text is left its index is
built, one row changes from one to the other, and a while later the old vectors go.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search import vectors
from search.embedding import (
    Encoder,
    EncoderDown,
    EncoderRefused,
    encode_meanings,
    meaning_text,
    model_of,
)
from search.index import EngineDown, EngineRefused
from search.types import Vector

log = logging.getLogger("market.search")

Key = tuple[str, UUID]

PREFIX: Final = "vectors:"
"""Begins the names of followers that make vectors; the model's name follows."""

KEPT_S: Final = 900
"""How long the vectors of a retired model stay: until every process asks with the new one."""

CHUNK: Final = 5_000


def follower_of(model: str) -> str:
    """The name of the follower that makes the vectors of a model."""
    return PREFIX + model


@dataclass(frozen=True, slots=True)
class VectorMaker:
    """Follows the index, and makes the vectors that texts lack. ``register`` before it drains."""

    tx: Tx
    encoder: Encoder
    batch: int = 64

    @property
    def model(self) -> str:
        """What its vectors are kept under."""
        return model_of(self.encoder)

    @property
    def name(self) -> str:
        """What it follows as."""
        return follower_of(self.model)

    async def register(self) -> None:
        """Let the model be known, building as long as it does not serve; once is enough."""
        await self.tx.run(_register, self.model, self.encoder.dimensions)

    async def take(self, keys: Sequence[Key]) -> Collection[Key]:
        """See to it that the texts of these have vectors.

        Answers the documents whose meaning is known now: engines are given it. Raises EngineDown
        while the encoder is away, EngineRefused when it does not take one of the texts.
        """
        texts, missing = await self.tx.run(_read_texts, self.model, keys)
        if missing:
            try:
                made = await asyncio.to_thread(
                    encode_meanings, self.encoder, list(missing.values())
                )
            except EncoderDown as error:
                raise EngineDown(str(error)) from error
            except EncoderRefused as error:
                raise EngineRefused(str(error)) from error
            await self.tx.run(store, self.model, dict(zip(missing, made, strict=True)))
        return texts

    async def sweep(self, after: bytes = b"") -> bytes:
        """Delete vectors of texts that no document has any more, looking at ``CHUNK`` of them
        behind ``after``; returns where to go on, b"" at the end."""
        last, gone = await self.tx.run(_sweep, self.model, after)
        if gone:
            # why: a document written meanwhile may have found its vector a moment before it went
            await self.take(await self.tx.run(_list_having, gone))
        return last


async def store(uow: UnitOfWork, model: str, made: Mapping[bytes, Vector]) -> None:
    """Keep the vectors of texts by their hashes; what is there already stays, and of a model that
    is not known (any more) nothing."""
    hashes = sorted(made)  # in one order, so that two writers of the same wait for one another
    await uow.session.execute(
        _STORE,
        {"model": model, "hashes": hashes, "vectors": [vectors.literal(made[h]) for h in hashes]},
    )


async def serve_given(uow: UnitOfWork, dimensions: int) -> vectors.Model:
    """The serving model, for vectors that come from outside; where none serves, one that is called
    ``given``. Raises ValueError when its vectors are of another length."""
    model = await vectors.find_model(uow)
    if model is None:
        await uow.session.execute(_GIVEN, {"dimensions": dimensions})
        model = await vectors.find_model(uow)
    if model is None or model.dimensions != dimensions:
        raise ValueError(f"the serving model has no vectors of {dimensions} numbers")
    return model


async def serve_when_complete(tx: Tx, model: str) -> bool:
    """Let a model serve once every text has its vector; returns whether it began to just now.

    Builds its index first, which at 100,000 vectors takes a minute or two and keeps nobody waiting
    but who makes vectors. Call it after drains; engines need all documents again after a True.
    """
    if not await tx.run(_is_complete, model):
        return False
    if not await tx.run(_build, model):
        return False
    served = await tx.run(_serve, model)
    if served:
        log.info("a model serves", extra={"model": model})
    return served


async def forget_retired(tx: Tx) -> list[str]:
    """Let models go that have not served for a while, and models given up while they were built;
    returns the followers that nobody needs any more."""
    gone = await tx.run(_list_forgettable)
    for model in gone:
        await tx.run(_drop_index, model)
        while await tx.run(_delete_vectors, model):
            pass
        await tx.run(_delete_model, model)
        log.info("a model is forgotten", extra={"model": model})
    return [follower_of(model) for model in gone]


async def retire_others(tx: Tx, model: str) -> None:
    """A model that is being built, and that the settings no longer choose, is given up."""
    await tx.run(_retire_others, model)


async def _register(uow: UnitOfWork, model: str, dimensions: int) -> None:
    await uow.session.execute(_REGISTER, {"model": model, "dimensions": dimensions})


async def _read_texts(
    uow: UnitOfWork, model: str, keys: Sequence[Key]
) -> tuple[list[Key], dict[bytes, str]]:
    """Which of these documents have a text, and the texts without a vector, by their hashes."""
    found = await uow.session.execute(
        _READ_TEXTS,
        {"model": model, "kinds": [kind for kind, _ in keys], "ids": [key[1] for key in keys]},
    )
    known: list[Key] = []
    missing: dict[bytes, str] = {}
    for row in found:
        meaning = meaning_text(row.title, row.keywords, row.summary)
        if meaning:
            known.append((row.kind, row.id))
            if row.missing:
                missing[row.text_hash] = meaning
    return known, missing


async def _is_complete(uow: UnitOfWork, model: str) -> bool:
    found = await uow.session.execute(
        _IS_COMPLETE, {"model": model, "follower": follower_of(model)}
    )
    return bool(found.scalar_one())


async def _build(uow: UnitOfWork, model: str) -> bool:
    """Whether the index is there; not when another worker is at it."""
    if not await _lock(uow):
        return False
    await uow.session.execute(
        text(
            "SELECT build_search_vector_index(name, dimensions) FROM search_model"
            " WHERE name = :model"
        ),
        {"model": model},
    )
    return True


async def _serve(uow: UnitOfWork, model: str) -> bool:
    """Change from one model to the other: all in one, or not yet."""
    if not await _lock(uow) or not await _is_complete(uow, model):
        return False
    await uow.session.execute(
        text(
            "UPDATE search_model SET state = 'retired', since = market_now()"
            " WHERE state = 'serving'"
        )
    )
    await uow.session.execute(
        text("UPDATE search_model SET state = 'serving', since = market_now() WHERE name = :model"),
        {"model": model},
    )
    return True


async def _lock(uow: UnitOfWork) -> bool:
    """Whether this transaction may change which model serves; it alone, until it ends."""
    found = await uow.session.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended('search.models', 0))")
    )
    return bool(found.scalar_one())


async def _retire_others(uow: UnitOfWork, model: str) -> None:
    await uow.session.execute(
        text(
            "UPDATE search_model SET state = 'retired', since = market_now()"
            " WHERE state = 'building' AND name <> :model"
        ),
        {"model": model},
    )


async def _list_forgettable(uow: UnitOfWork) -> list[str]:
    found = await uow.session.execute(
        text(
            "SELECT name FROM search_model WHERE state = 'retired'"
            " AND since < market_now() - :kept * interval '1 second' ORDER BY name"
        ),
        {"kept": KEPT_S},
    )
    return list(found.scalars())


async def _drop_index(uow: UnitOfWork, model: str) -> None:
    await uow.session.execute(text("SELECT drop_search_vector_index(:model)"), {"model": model})


async def _delete_vectors(uow: UnitOfWork, model: str) -> int:
    gone = await uow.session.execute(
        text(
            "WITH gone AS (DELETE FROM search_embedding WHERE model = :model AND text_hash = ANY("
            " ARRAY(SELECT text_hash FROM search_embedding WHERE model = :model LIMIT :most))"
            " AND EXISTS (SELECT FROM search_model WHERE name = :model AND state = 'retired')"
            " RETURNING 1) SELECT count(*) FROM gone"
        ),
        {"model": model, "most": CHUNK},
    )
    return int(gone.scalar_one())


async def _delete_model(uow: UnitOfWork, model: str) -> None:
    await uow.session.execute(
        text("DELETE FROM search_model WHERE name = :model AND state = 'retired'"),
        {"model": model},
    )


async def _sweep(uow: UnitOfWork, model: str, after: bytes) -> tuple[bytes, list[bytes]]:
    """The last text that was looked at, b"" when it was the last of all; and those that went."""
    found = await uow.session.execute(_LOOK, {"model": model, "after": after, "most": CHUNK})
    hashes = list(found.scalars())
    if not hashes:
        return b"", []
    gone = await uow.session.execute(_SWEEP, {"model": model, "hashes": hashes})
    return (hashes[-1] if len(hashes) == CHUNK else b""), list(gone.scalars())


async def _list_having(uow: UnitOfWork, hashes: Sequence[bytes]) -> list[Key]:
    found = await uow.session.execute(
        text(
            "SELECT kind, id FROM search_document WHERE text_hash = ANY(CAST(:hashes AS bytea[]))"
        ),
        {"hashes": list(hashes)},
    )
    return [(row.kind, row.id) for row in found]


_STORE: Final = text(
    "INSERT INTO search_embedding (model, text_hash, vector)"
    " SELECT name, text_hash, literal::halfvec FROM search_model,"
    "  unnest(CAST(:hashes AS bytea[]), CAST(:vectors AS text[])) AS new (text_hash, literal)"
    " WHERE name = :model ON CONFLICT DO NOTHING"
)

_GIVEN: Final = text(
    "INSERT INTO search_model (name, dimensions, state) VALUES ('given', :dimensions, 'serving')"
    " ON CONFLICT DO NOTHING"
)

# One that was retired (the settings went there and back) begins anew; the index that serves stays.
_REGISTER: Final = text(
    "INSERT INTO search_model AS known (name, dimensions, state)"
    " VALUES (:model, :dimensions, 'building')"
    " ON CONFLICT (name) DO UPDATE SET state = 'building', since = market_now()"
    " WHERE known.state = 'retired'"
)

# why not without a hash: such a row was written before there were hashes, and will be anew
_READ_TEXTS: Final = text(
    "SELECT d.kind, d.id, d.title, d.keywords, d.summary, d.text_hash, e.model IS NULL AS missing"
    " FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[])) AS key (kind, id)"
    " JOIN search_document AS d USING (kind, id)"
    " LEFT JOIN search_embedding AS e ON e.model = :model AND e.text_hash = d.text_hash"
    " WHERE d.text_hash <> ''"
)

# What changed after the filling does not keep a model from serving: changes never end.
_IS_COMPLETE: Final = text(
    "SELECT EXISTS (SELECT FROM search_model AS m JOIN search_follower AS f ON f.name = :follower"
    " WHERE m.name = :model AND m.state = 'building' AND f.filled_at IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM search_change AS c WHERE c.follower = f.name"
    "  AND c.dead_at IS NULL AND c.due_at <= f.filled_at))"
)

_LOOK: Final = text(
    "SELECT text_hash FROM search_embedding WHERE model = :model AND text_hash > :after"
    " ORDER BY text_hash LIMIT :most"
)

_SWEEP: Final = text(
    "DELETE FROM search_embedding AS e WHERE e.model = :model"
    " AND e.text_hash = ANY(CAST(:hashes AS bytea[]))"
    " AND NOT EXISTS (SELECT FROM search_document AS d WHERE d.text_hash = e.text_hash)"
    " RETURNING e.text_hash"
)
