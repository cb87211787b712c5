"""How long PostgreSQL may think about one statement of a question: who asks too much is told so,
and the others get their turn."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.errors import DomainError
from app.core.tx import Tx, UnitOfWork

LONGEST_S: Final = 5.0

_LIMIT: Final = text("SELECT set_config('statement_timeout', :limit, true)")
_ENDED: Final = "57014"  # query_canceled

P = ParamSpec("P")
R = TypeVar("R")


class TooCostly(DomainError):
    """A question that took too long was ended."""

    code, status, title = (
        "search-too-costly",
        422,
        "检索条件过于复杂，没有在限定时间内完成，请减少检索词或筛选条件后再试",
    )


class BoundedTx(Tx):
    """Runs verbs of which no statement takes longer than ``longest_s``; raises TooCostly then."""

    def __init__(self, tx: Tx, longest_s: float = LONGEST_S) -> None:
        super().__init__(tx.sessions, tx.sealer)
        self._limit = f"{longest_s * 1000:.0f}"

    async def run(
        self,
        verb: Callable[Concatenate[UnitOfWork, P], Awaitable[R]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run the verb, each of its statements no longer than that."""

        async def bounded(uow: UnitOfWork) -> R:
            await uow.session.execute(_LIMIT, {"limit": self._limit})
            return await verb(uow, *args, **kwargs)

        try:
            return await super().run(bounded)
        except DBAPIError as error:
            cause = getattr(error.orig, "__cause__", None)
            if getattr(cause, "sqlstate", None) != _ENDED:
                raise
            raise TooCostly() from error
