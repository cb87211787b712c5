"""The market's clock: ``market_now()`` in the database, plus an offset that demos may move.

Nothing else in the market reads a clock for a decision (HOUSE, "The clock").
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, Interval, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

if TYPE_CHECKING:
    from app.core.tx import UnitOfWork

SHANGHAI = ZoneInfo("Asia/Shanghai")


class MarketClock(Base):
    """The one row that says how far the market's clock runs ahead; the owner alone may write it."""

    __tablename__ = "market_clock"
    __table_args__ = (CheckConstraint("only_row", name="one_row"),)

    only_row: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    offset_by: Mapped[timedelta] = mapped_column(Interval, server_default=text("interval '0'"))


async def read_now(session: AsyncSession) -> datetime:
    """The market's present instant, from the database, this very moment (UTC)."""
    return (await session.execute(text("SELECT market_now()"))).scalar_one()  # type: ignore[no-any-return]


async def read_offset(session: AsyncSession) -> timedelta:
    """How far the market's clock runs ahead of the database's; zero outside demo and test."""
    return (await session.execute(text("SELECT offset_by FROM market_clock"))).scalar_one()  # type: ignore[no-any-return]


async def move_offset(session: AsyncSession, by: timedelta) -> timedelta:
    """Move the clock forward (owner role only: the serving role may not write this row).

    Raises ValueError for a move backwards: events would then be out of order.
    """
    if by < timedelta(0):
        raise ValueError("the market's clock only moves forward")
    moved = await session.execute(
        text("UPDATE market_clock SET offset_by = offset_by + :by RETURNING offset_by"), {"by": by}
    )
    return moved.scalar_one()  # type: ignore[no-any-return]


async def refuse_moved_clock(uow: UnitOfWork, *, allowed: bool) -> None:
    """Outside demo and test the market's clock is the database's; RuntimeError when it is not."""
    if not allowed and await read_offset(uow.session):
        raise RuntimeError("市场时钟被拨动过，只有演示模式可以这样运行")
