"""Vectors for grown documents: real ones for the real patents, and what lies between for the rest.

Encoding a hundred thousand texts takes minutes that say nothing of the search. So only the patents
are encoded, as the market encodes documents, and kept between runs; a document of two parents has
the mean of their vectors with a little noise drawn for its number.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.db import connect_raw
from app.embedded import EmbeddedPostgres
from bench.building import CHUNK, TOLD_EVERY_S, Say, patents_here
from bench.growing import SEED, Patent, grow, parents
from bench.mixing import Question
from bench.reporting import Meaning
from bench.timing import Times
from search.embedding import (
    Encoder,
    encode_meanings,
    meaning_text,
    model_of,
    question_text,
    text_hash,
)
from search.types import Vector

Matrix = NDArray[np.float32]

MOST: Final = 100_000
"""Documents above which there are no vectors."""

NOISE: Final = 0.35
"""Length of the noise beside a mean of length 1."""

_BATCH: Final = 64
_MODEL: Final = "INSERT INTO search_model (name, dimensions, state) VALUES ($1, $2, 'building')"
_SERVE: Final = "UPDATE search_model SET state = 'serving' WHERE name = $1"
_INSERT: Final = """
    INSERT INTO search_embedding (model, text_hash, vector)
    SELECT $1, hash, literal::halfvec FROM unnest($2::bytea[], $3::text[]) AS new (hash, literal)
    ON CONFLICT DO NOTHING
"""
_SIZES: Final = """
    SELECT pg_table_size('search_embedding'),
           pg_relation_size(to_regclass(search_vector_index($1)))
"""


def encode_patents(
    encoder: Encoder, patents: Sequence[Patent], folder: Path, say: Say
) -> tuple[Path, float | None]:
    """A file with the vector of each patent, in order, and texts encoded a second; None when the
    file was there from an earlier run with the same texts and model."""
    texts = [meaning_text(one.title, "", one.summary) for one in patents]
    key = blake2b("\0".join([model_of(encoder), *texts]).encode(), digest_size=8).hexdigest()
    path = folder / f"patents-{key}.npy"
    if path.is_file():
        return path, None
    say(f"encoding {len(texts):,} patents, once")
    vectors: list[Vector] = []
    began = time.perf_counter()
    for at in range(0, len(texts), _BATCH):
        vectors += encode_meanings(encoder, texts[at : at + _BATCH])
    seconds = time.perf_counter() - began
    np.save(path, np.array(vectors, np.float32))
    return path, len(texts) / seconds


def vectors_between(known: Matrix, numbers: Iterable[int], seed: int = SEED) -> Matrix:
    """A vector of length 1 for each document: its parents' mean with noise, or its own.

    ``known``: ``(patents, dimensions)``, each row of length 1.
    """
    rows = []
    for number in numbers:
        one, two = parents(number, len(known), seed)
        row = known[one]
        if number >= len(known):
            noise = np.random.default_rng([seed, number]).standard_normal(known.shape[1])
            mean = known[one] + known[two]
            row = mean / np.linalg.norm(mean) + NOISE * noise / np.linalg.norm(noise)
        rows.append(row / np.linalg.norm(row))
    return np.array(rows, np.float32)


async def write_meaning(
    server: EmbeddedPostgres,
    name: str,
    size: int,
    encoder: Encoder,
    known: Path,
    pool: ProcessPoolExecutor,
    say: Say,
) -> Meaning:
    """Give each document its vector, build their index, and let the model serve."""
    model = model_of(encoder)
    loop = asyncio.get_running_loop()
    write_s = 0.0
    connection = await connect_raw(server.app_dsn(name))
    try:
        await connection.execute(_MODEL, model, encoder.dimensions)
        chunks = [(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]
        making = [loop.run_in_executor(pool, _make, known, *chunk) for chunk in chunks]
        told = time.perf_counter()
        for (_, stop), made in zip(chunks, making, strict=True):
            hashes, literals = await made
            began = time.perf_counter()
            await connection.execute(_INSERT, model, hashes, literals)
            write_s += time.perf_counter() - began
            if time.perf_counter() - told > TOLD_EVERY_S:
                told = time.perf_counter()
                say(f"  {stop:,} of {size:,} vectors written")
        say(f"  {size:,} vectors written in {write_s:.0f} s; building their index")
        began = time.perf_counter()
        await connection.execute(
            "SELECT build_search_vector_index($1, $2)", model, encoder.dimensions, timeout=3600
        )
        index_s = time.perf_counter() - began
        await connection.execute(_SERVE, model)
        table_bytes, index_bytes = await connection.fetchrow(_SIZES, model)
        vectors = await connection.fetchval("SELECT count(*) FROM search_embedding")
    finally:
        await connection.close()
    return Meaning(vectors, write_s, index_s, table_bytes, index_bytes)


def encode_questions(
    encoder: Encoder, questions: Iterable[Question]
) -> tuple[Mapping[str, Vector], Times]:
    """The vector of each question's text, and how long one took, the first left out."""
    texts = list(dict.fromkeys(question.text for question in questions if question.text))
    encoder.encode_questions(["预热"])
    vectors: dict[str, Vector] = {}
    seconds = []
    for text in texts:
        began = time.perf_counter()
        vectors[text] = encoder.encode_questions([question_text(text)])[0]
        seconds.append(time.perf_counter() - began)
    return vectors, Times.of(seconds)


def _make(known: Path, start: int, stop: int) -> tuple[list[bytes], list[str]]:
    """Hash and vector of each of these documents, as the database takes them."""
    numbers = range(start, stop)
    texts = (meaning_text(one.title, "", one.summary) for one in grow(patents_here(), numbers))
    vectors = vectors_between(np.load(known), numbers).round(5)
    return [text_hash(text) for text in texts], [str(row) for row in vectors.tolist()]
