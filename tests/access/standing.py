"""Access: tokens, requests to join, verification of persons, bank accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.accounts import service as accounts
from app.accounts.types import Role
from app.core.sealing import Sealer
from app.files.types import FileKind, Staged
from tests.access.rows import (
    ELSEWHERE,
    HEADS,
    NOT_SUPERVISOR,
    OPERATOR,
    PUBLIC,
    READERS,
    SIGNED_IN,
    Row,
    Stage,
    row,
)
from tests.world import World

# A head elsewhere does not learn of the account; one of an unverified organisation is told (409) to
# have it verified first.
HEADS_OF_BANK: Final = frozenset({"head", "unverified"})
ELSEWHERE_BANK: Final = frozenset({"foreign"})

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /help/api": PUBLIC,
    "GET /desk/tokens": row(SIGNED_IN),
    "POST /desk/tokens": row(
        SIGNED_IN, form={"name": "对接程序", "scopes": "accounts:read", "days": "30"}
    ),
    "POST /desk/tokens/{token_id}/revoke": row(frozenset(), others=404, token_id="token"),
    # asking to join
    "GET /desk/organisation/join-requests": row(NOT_SUPERVISOR),
    "POST /desk/organisation/join-requests": row(
        NOT_SUPERVISOR, form={"organisation": "@organisation", "roles": "agent"}
    ),
    "POST /desk/organisation/join-requests/{request_id}/withdraw": row(
        frozenset(), unseen=NOT_SUPERVISOR, request_id="join_request"
    ),
    "POST /desk/organisation/join-requests/{request_id}/approve": row(
        frozenset({"head"}), unseen=ELSEWHERE, form={"roles": "agent"}, request_id="join_request"
    ),
    "POST /desk/organisation/join-requests/{request_id}/refuse": row(
        frozenset({"head"}), unseen=ELSEWHERE, form={"reason": "不认识"}, request_id="join_request"
    ),
    # bank accounts: an organisation's, and one's own
    "GET /desk/{side}/bank": [
        row(HEADS, side="side_organisation"),
        row(NOT_SUPERVISOR, side="side_account"),
    ],
    "POST /desk/{side}/bank": [
        row(HEADS, side="side_organisation"),
        row(NOT_SUPERVISOR, side="side_account"),
    ],
    "POST /desk/{side}/bank/{account_id}/trial": row(
        HEADS_OF_BANK, unseen=ELSEWHERE_BANK, side="side_organisation", account_id="bank"
    ),
    "POST /desk/{side}/bank/{account_id}/confirm": row(
        HEADS_OF_BANK,
        unseen=ELSEWHERE_BANK,
        form={"code": "123456"},
        side="side_organisation",
        account_id="bank",
    ),
    "GET /review/bank-accounts": row(READERS),
    "POST /review/bank-accounts/{account_id}/verify": row(
        OPERATOR, form={"reason": "开户许可证"}, account_id="bank"
    ),
    "POST /review/bank-accounts/{account_id}/return": row(
        OPERATOR, form={"reason": "材料不清"}, account_id="bank"
    ),
    # who a person is
    "GET /desk/account/verification": row(NOT_SUPERVISOR),
    "POST /desk/account/verification": row(NOT_SUPERVISOR),
    "POST /desk/account/verification/withdraw": row(NOT_SUPERVISOR),
    "POST /desk/organisation/members/{person_id}/confirm": row(
        frozenset({"head", "unverified"}), unseen=frozenset({"foreign"}), person_id="member"
    ),
    "GET /review/people": row(OPERATOR),
    "POST /review/people/{verification_id}/verify": row(OPERATOR, verification_id="papers"),
    "POST /review/people/{verification_id}/return": row(
        OPERATOR, form={"reason": "照片不清"}, verification_id="papers"
    ),
}


async def build(stage: Stage, world: World) -> None:
    """Objects of standing."""
    person = await world.person("令牌持有人")
    made = await world.tx.run(
        accounts.create_token,
        actor=person,
        name="对接程序",
        organisation_id=None,
        scopes=["accounts:read"],
        days=30,
        key="access-table-token",
    )
    asking = await world.person("申请加入的人")
    request_id = await world.tx.run(
        accounts.ask_to_join, actor=asking, organisation_id=stage.owner.id, roles={Role.agent}
    )
    stage.examples |= {"join_request": str(request_id)}
    bank = await world.tx.run(
        accounts.enter_bank_account,
        actor=stage.owner.head,
        organisation_id=stage.owner.id,
        holder=stage.owner.name,
        bank="示范银行",
        branch="科技支行",
        number="1100060070180123",
        sealer=Sealer("access-table-" * 3),
        key="access-table-bank",
    )
    stage.examples |= {
        "side_organisation": "organisation",
        "side_account": "account",
        "bank": str(bank.id),
    }
    shown = await world.tx.run(
        accounts.submit_person_verification,
        actor=await world.person("实名申请人"),
        staged=[Staged("0" * 64, 1, FileKind.png, "证件.png", Path(__file__))],
        key="access-table-papers",
    )
    stage.examples |= {"papers": str(shown)}
    stage.examples |= {"token": str(made.token.id)}
