"""The port of the transfer that proves an account, its adapters, and the job that sends it.

A transfer that went out twice costs one 分 more; its remark is the same, so it proves the same.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from typing import Final, Protocol
from uuid import UUID

import httpx2

from app.accounts import bank_queries, bank_rules
from app.accounts.banking import CODES, NUMBERS
from app.accounts.types import TrialState
from app.core.i18n import Message
from app.core.sealing import Sealer
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.inbox.service import Folder, outbox_of

log = logging.getLogger("market.accounts")

_TIMEOUT_S: Final = 15


class TransferRefused(Exception):
    """The bank did not take the transfer, or could not be asked."""


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """One transfer: to whom, how much (分), and what the remark says."""

    key: str  # the same at every try
    holder: str
    bank: str
    branch: str
    number: str = field(repr=False)
    amount_minor: int
    remark: str = field(repr=False)


class SmallTransfer(Protocol):
    """Sends one 分 with a remark. Implemented by whoever is connected to a bank."""

    async def send(self, order: TransferOrder) -> None:
        """Send it once for each key. Raises TransferRefused."""
        ...


class FolderTransfer:
    """In a demonstration the transfer lands beside the mails, for everybody to read."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    async def send(self, order: TransferOrder) -> None:
        said = f"{order.holder} {order.bank} ****{order.number[-4:]}"
        await self.folder.text(said, f"0.01 {order.remark}", key=f"{order.key}-bank")


class HttpTransfer:
    """Posts the order as JSON with a bearer token to the institution's own payment service; any 2xx
    is success. ``key`` is the same at every try, so that it can leave repeats out."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    async def send(self, order: TransferOrder) -> None:
        try:
            async with httpx2.AsyncClient(
                timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False
            ) as client:
                response = await client.post(
                    self.url,
                    json=asdict(order),
                    headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
                )
        except httpx2.HTTPError as error:
            raise TransferRefused(type(error).__name__) from error
        if not response.is_success:
            raise TransferRefused(str(response.status_code))


def make_transfer(settings: Settings) -> SmallTransfer | None:
    """The way to the bank that the settings name; a folder in demo and test; else none."""
    if settings.mode in (Mode.demo, Mode.test):
        return FolderTransfer(Folder(outbox_of(settings)))
    if settings.transfer_url:
        return HttpTransfer(settings.transfer_url, settings.transfer_token)
    return None


async def send_trial(
    tx: Tx, transfer: SmallTransfer | None, sealer: Sealer, payload: bytes | None
) -> TrialState | None:
    """The job: send what was ordered, then say how it went; None when it is not wanted any more."""
    trial_id = UUID(json.loads(payload or b"{}")["trial_id"])
    try:
        order = await tx.run(take_trial, trial_id=trial_id, sealer=sealer)
        if order is None:
            return None
        if transfer is None:
            raise TransferRefused("no bank")
        await transfer.send(order)
    except Exception:
        # why: whatever went wrong (the bank, a secret key that was changed), the party must be able
        # to ask again; a database that is away fails here too, and the job with it
        log.exception("a transfer was not taken", extra={"trial_id": str(trial_id)})
        return await tx.run(settle_trial, trial_id=trial_id, state=TrialState.failed)
    return await tx.run(settle_trial, trial_id=trial_id, state=TrialState.sent)


async def take_trial(uow: UnitOfWork, *, trial_id: UUID, sealer: Sealer) -> TransferOrder | None:
    """What to send; None when the transfer was replaced or its account is in force no longer.

    Raises Unsealable when it was sealed under another secret key.
    """
    trial = await bank_queries.lock_trial(uow, trial_id)
    if trial is None or trial.state != TrialState.ordered.value:
        return None
    # an account that is verified or retired has spent its transfers
    account = await bank_queries.get_account(uow, trial.account_id)
    code = sealer.open(CODES, trial.code_sealed, owner=trial.id)
    return TransferOrder(
        key=str(trial.id),
        holder=account.holder,
        bank=account.bank,
        branch=account.branch,
        number=sealer.open(NUMBERS, account.number_sealed, owner=account.id),
        amount_minor=bank_rules.AMOUNT_MINOR,
        remark=Message("验证码 %(code)s", code=code),
    )


async def settle_trial(uow: UnitOfWork, *, trial_id: UUID, state: TrialState) -> TrialState | None:
    """Write down how the transfer went, unless it was replaced meanwhile."""
    trial = await bank_queries.lock_trial(uow, trial_id)
    if trial is None or trial.state != TrialState.ordered.value:
        return None
    trial.state = state.value
    if state is TrialState.sent:
        trial.sent_at = uow.now
    return state
