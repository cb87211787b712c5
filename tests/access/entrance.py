"""Access: codes that come back, forgotten passwords, and one's own account."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from app.core.tx import UnitOfWork
from tests.access.rows import PUBLIC, SIGNED_IN, Row, Stage, row
from tests.world import World
from tests.worlds.accounts import PASSWORD, id_of

NOBODY: Final[frozenset[str]] = frozenset()
_WRONG: Final = {"password": "not-the-password"}

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /privacy": PUBLIC,
    "GET /signup/code": PUBLIC,
    "POST /signup/code": PUBLIC,
    "POST /signup/code/resend": PUBLIC,
    "GET /forgot": PUBLIC,
    "POST /forgot": PUBLIC,
    "GET /forgot/code": PUBLIC,
    "POST /forgot/code": PUBLIC,
    "POST /forgot/code/resend": PUBLIC,
    "GET /desk/account": row(SIGNED_IN),
    "GET /desk/account/name": row(SIGNED_IN),
    "POST /desk/account/name": row(SIGNED_IN, form={"name": "新名字"}),
    "GET /desk/account/password": row(SIGNED_IN),
    "POST /desk/account/password": row(
        SIGNED_IN, form={**_WRONG, "new_password": "another-secret-1"}
    ),
    "GET /desk/account/logins": row(SIGNED_IN),
    "POST /desk/account/logins": row(SIGNED_IN, form={**_WRONG, "identifier": "fresh@example.com"}),
    "GET /desk/account/logins/code": row(SIGNED_IN),
    "POST /desk/account/logins/code": row(SIGNED_IN, form={"code": "000000"}),
    "POST /desk/account/logins/code/resend": row(SIGNED_IN),
    # another person's login and session are nobody's to know
    "GET /desk/account/logins/{login_id}/remove": row(NOBODY, others=404, login_id="login"),
    "POST /desk/account/logins/{login_id}/remove": row(
        NOBODY, others=404, form={"password": PASSWORD}, login_id="login"
    ),
    "POST /desk/account/sessions/{session_id}/end": row(NOBODY, others=404, session_id="session"),
    "POST /desk/account/sessions/end-others": row(SIGNED_IN),
    "GET /desk/account/data": row(SIGNED_IN),
    "GET /desk/account/delete": row(SIGNED_IN),
    "POST /desk/account/delete": row(SIGNED_IN, form=_WRONG),
}


async def build(stage: Stage, world: World) -> None:
    """A login and a session that belong to nobody of the cast."""
    other = await world.person("别人")
    await world.token(other)

    async def find(uow: UnitOfWork) -> tuple[str, str]:
        ids = [
            (
                await uow.session.execute(
                    text(f"SELECT id FROM {table} WHERE person_id = :id"),
                    {"id": id_of(other)},
                )
            ).scalar_one()
            for table in ("login", "login_session")
        ]
        return str(ids[0]), str(ids[1])

    stage.examples["login"], stage.examples["session"] = await world.tx.run(find)
