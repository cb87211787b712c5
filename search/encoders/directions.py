"""Numbers as a model gave them to vectors of length 1; what cannot be one is refused."""

import numpy as np
from numpy.typing import NDArray

from search.embedding import EncoderRefused
from search.types import Vector


def to_vectors(numbers: NDArray[np.floating], dimensions: int) -> list[Vector]:
    """Rows of ``(texts, dimensions)`` at length 1.

    Raises EncoderRefused for another shape, for what is no number, and for a row without length.
    """
    if numbers.ndim != 2 or numbers.shape[1] != dimensions:
        raise EncoderRefused(f"vectors of {dimensions} numbers expected, got {numbers.shape}")
    rows = numbers.astype(np.float64)
    # why by the largest first: the square of a huge number is none
    largest = np.abs(rows).max(axis=1, initial=0.0)
    if not np.isfinite(largest).all() or not (largest > 0).all():
        raise EncoderRefused("a vector holds what is no number, or has no direction")
    rows /= largest[:, None]
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    return [tuple(row) for row in rows.tolist()]
