import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.audit import service
from app.core.actor import SYSTEM
from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.tx import Tx, UnitOfWork
from tests import databases


async def note(uow: UnitOfWork, *, fail: bool = False) -> UUID:
    subject = new_id()
    await service.note(uow, actor=SYSTEM, action="t.act", subject_kind="t", subject_id=subject)
    if fail:
        raise Conflict
    return subject


async def test_a_refused_verb_leaves_no_line(tx: Tx) -> None:
    async def count(uow: UnitOfWork) -> int:
        return int(
            (await uow.session.execute(text("SELECT count(*) FROM audit_entry"))).scalar_one()
        )

    with pytest.raises(Conflict):
        await tx.run(note, fail=True)
    assert await tx.run(count) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry",
        "DELETE FROM audit_seal",
        "UPDATE audit_entry SET action = 'x'",
        "UPDATE audit_seal SET position = 0",
        "TRUNCATE audit_entry",
        "TRUNCATE audit_seal",
    ],
)
async def test_the_serving_role_cannot_rewrite_history(tx: Tx, statement: str) -> None:
    async def tamper(uow: UnitOfWork) -> None:
        await uow.session.execute(text(statement))

    with pytest.raises(ProgrammingError, match="permission denied"):
        await tx.run(tamper)


async def seal(tx: Tx, count: int) -> None:
    """Seal until ``count`` more are sealed.

    Waits for transactions of other tests on the same server: the horizon is the server's.
    """
    async with asyncio.timeout(30):
        while count > 0:
            count -= await tx.run(service.seal_entries)
            await asyncio.sleep(0.01)
    assert count == 0


async def test_writers_and_sealers_side_by_side_leave_no_entry_unsealed(real_tx: Tx) -> None:
    writers = [real_tx.run(note) for _ in range(30)]
    sealers = [real_tx.run(service.seal_entries, limit=4) for _ in range(6)]
    done = await asyncio.gather(*sealers, *writers)
    await seal(real_tx, 30 - sum(n for n in done if isinstance(n, int)))
    fault, position, _ = await real_tx.run(service.verify_chain)
    assert (fault, position) == (None, 30)


async def test_an_entry_whose_transaction_is_still_open_waits_for_its_turn(real_tx: Tx) -> None:
    noted, released = asyncio.Event(), asyncio.Event()

    async def slow(uow: UnitOfWork) -> None:
        await note(uow)
        await uow.session.flush()
        noted.set()
        await released.wait()

    waiting = asyncio.create_task(real_tx.run(slow))
    await noted.wait()
    await real_tx.run(note)
    # why: the later entry may not be sealed before the earlier one has ended
    assert await real_tx.run(service.seal_entries) == 0
    released.set()
    await waiting
    await seal(real_tx, 2)


CHANGE_SECOND = """
    UPDATE audit_entry SET facts = '{"x": 1}'
    WHERE id = (SELECT entry_id FROM audit_seal WHERE position = 2)
"""
REMOVE_THIRD = """
    DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_seal WHERE position = 3)
"""
SWAP_FIRST_TWO = """
    UPDATE audit_seal SET position = CASE position WHEN 1 THEN -2 ELSE -1 END WHERE position <= 2;
    UPDATE audit_seal SET position = -position WHERE position < 0
"""


@pytest.mark.parametrize(
    ("tamper", "position", "words"),
    [
        (CHANGE_SECOND, 2, "被改动"),
        (REMOVE_THIRD, 3, "缺失"),
        ("DELETE FROM audit_seal WHERE position = 2", 2, "不连续"),
        (SWAP_FIRST_TWO, 1, "次序"),
    ],
)
async def test_the_check_names_what_a_superuser_did(
    real_tx: Tx, real_database: str, tamper: str, position: int, words: str
) -> None:
    for _ in range(4):
        await real_tx.run(note)
    await seal(real_tx, 4)
    async with databases.superuser(real_database) as engine, engine.connect() as connection:
        for statement in tamper.split(";"):
            await connection.execute(text(statement))
    fault, _, _ = await real_tx.run(service.verify_chain)
    assert fault is not None
    assert fault.position == position
    assert words in fault.what
