"""Where documents come from: every room gives those that it made, whenever it is asked."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.tx import UnitOfWork
from search.documents import Document, Kind


@dataclass(frozen=True, slots=True)
class Source:
    """The documents of one kind as the verbs of its room write them: only what is public now.

    ``list_documents(uow, after, limit)`` gives those after an id, in id order, fewer than asked for
    only at the end. ``lock_documents(uow, ids)`` gives those of these ids that are public, with
    everything they were made of locked against change until the transaction ends.
    """

    kind: Kind
    list_documents: Callable[[UnitOfWork, UUID | None, int], Awaitable[Sequence[Document]]]
    lock_documents: Callable[[UnitOfWork, Collection[UUID]], Awaitable[Sequence[Document]]]
