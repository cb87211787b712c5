"""Case numbers (编号) such as CJ-2026-000123: gapless per prefix and year."""

from __future__ import annotations

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import SHANGHAI
from app.core.db import Base
from app.core.tx import UnitOfWork


class CaseCounter(Base):
    """The last number given for one prefix in one year; locked until its user commits."""

    __tablename__ = "case_counter"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


async def next_numbers(uow: UnitOfWork, prefix: str, count: int) -> list[str]:
    """Give ``count`` consecutive numbers; the counter stays locked to the end of the transaction.

    A rolled-back transaction gives its numbers back, so no number is ever missing. The year is
    the year in Shanghai.
    """
    year = uow.now.astimezone(SHANGHAI).year
    row = await uow.session.execute(
        text(
            "INSERT INTO case_counter AS c (prefix, year, last) VALUES (:prefix, :year, :count)"
            " ON CONFLICT (prefix, year) DO UPDATE SET last = c.last + :count RETURNING last"
        ),
        {"prefix": prefix, "year": year, "count": count},
    )
    last: int = row.scalar_one()
    return [f"{prefix}-{year}-{n:06d}" for n in range(last - count + 1, last + 1)]


async def next_number(uow: UnitOfWork, prefix: str) -> str:
    """Give the next number of a prefix, for example ``CG-2026-000001``."""
    return (await next_numbers(uow, prefix, 1))[0]
