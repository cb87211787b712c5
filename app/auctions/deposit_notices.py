"""What is told about deposits: to the organisation that paid, without code or rival."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.accounts.service import tell_organisation, tell_platform
from app.auctions.deposit_models import Deposit
from app.auctions.deposit_types import ForfeitReason, ReleaseReason
from app.auctions.models import Lot
from app.core.clock import SHANGHAI
from app.core.i18n import Message, _n
from app.core.money import format_yuan
from app.core.tx import UnitOfWork
from app.inbox.types import Notice

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "auctions.deposit_moved": _n("本单位保证金到账截止时间变更"),
    "auctions.deposit_released": _n("本单位保证金退还"),
    "auctions.deposit_applied": _n("本单位保证金抵作价款"),
    "auctions.deposit_frozen": _n("本单位保证金冻结或解除冻结"),
    "auctions.deposit_forfeited": _n("本单位保证金不予退还"),
    "auctions.deposit_proposed": _n("本单位保证金拟不予退还，或者该意见未通过复核"),
    "auctions.deposit_converted": _n("本单位保证金转为履约保证金"),
}
_BUYERS: Final = ("agent", "head")

_MOVED = _n("保证金到账截止时间变更：%(title)s")
_MOVED_BODY = _n("标的 %(number)s 的保证金 %(amount)s，到账截止时间变更为 %(due)s（北京时间）。")
_RELEASED = _n("保证金退还：%(title)s")
_RELEASED_BODY = _n(
    "标的 %(number)s 的保证金 %(amount)s 已发起退还（%(reason)s），将退回原付款账户。"
)
_APPLIED = _n("保证金抵作价款：%(title)s")
_APPLIED_BODY = _n("标的 %(number)s 的保证金 %(amount)s 计入成交价款。")
_FROZEN = _n("保证金因争议冻结：%(title)s")
_FROZEN_BODY = _n("标的 %(number)s 的保证金 %(amount)s 暂时冻结：%(statement)s")
_LIFTED = _n("保证金解除冻结：%(title)s")
_LIFTED_BODY = _n("标的 %(number)s 的保证金 %(amount)s 已解除冻结：%(statement)s")
_FORFEITED = _n("保证金不予退还：%(title)s")
_FORFEITED_BODY = _n(
    "标的 %(number)s 的保证金 %(amount)s 不予退还，理由：%(reason)s。%(statement)s"
    "对此有异议的，请联系平台或依法主张权利。"
)
_PROPOSED = _n("保证金拟不予退还：%(title)s")
_PROPOSED_BODY = _n(
    "标的 %(number)s 的保证金 %(amount)s 拟不予退还，理由：%(reason)s。%(statement)s"
    "复核通过前保证金暂时冻结；有异议的，请尽快向平台说明并提交材料。"
)
_SPARED = _n("保证金不予退还的意见未通过复核：%(title)s")
_SPARED_BODY = _n("标的 %(number)s 的保证金 %(amount)s 恢复原状：%(statement)s")
_TO_APPROVE = _n("保证金不予退还待复核：%(number)s")
_TO_APPROVE_BODY = _n("%(amount)s，须由另一位运营人员复核。")
_CONVERTED = _n("保证金转为履约保证金：%(title)s")
_CONVERTED_BODY = _n("标的 %(number)s 的保证金 %(amount)s 转为履约保证金：%(statement)s")


async def _tell(
    uow: UnitOfWork, lot: Lot, deposit: Deposit, kind: str, subject: str, body: str, **said: object
) -> None:
    facts = {"number": lot.number, "amount_minor": deposit.amount_minor, "state": deposit.state}
    shown = {"number": lot.number, "amount": format_yuan(deposit.amount_minor), **said}
    await tell_organisation(
        uow,
        organisation_id=deposit.party_id,
        roles=_BUYERS,
        notice=Notice(
            kind=kind,
            subject=Message(subject, title=lot.title),
            body=Message(body, **shown),
            href=f"/lots/{lot.number}/deposit",
            facts=facts,
            urgent=True,
        ),
        key=f"{kind}:{deposit.id}:{uow.now.isoformat()}",
    )


async def tell_released(uow: UnitOfWork, lot: Lot, deposit: Deposit) -> None:
    """The money is on its way home."""
    reason = ReleaseReason(deposit.release_reason or "").label
    await _tell(
        uow, lot, deposit, "auctions.deposit_released", _RELEASED, _RELEASED_BODY, reason=reason
    )


async def tell_moved(uow: UnitOfWork, lot: Lot, deposit: Deposit) -> None:
    """It may be paid until another instant than was said before."""
    due = f"{deposit.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    await _tell(uow, lot, deposit, "auctions.deposit_moved", _MOVED, _MOVED_BODY, due=due)


async def tell_applied(uow: UnitOfWork, lot: Lot, deposit: Deposit) -> None:
    """It counts toward the price."""
    await _tell(uow, lot, deposit, "auctions.deposit_applied", _APPLIED, _APPLIED_BODY)


async def tell_frozen(uow: UnitOfWork, lot: Lot, deposit: Deposit, *, lifted: bool) -> None:
    """A dispute keeps it, or does no more."""
    subject, body = (_LIFTED, _LIFTED_BODY) if lifted else (_FROZEN, _FROZEN_BODY)
    await _tell(
        uow, lot, deposit, "auctions.deposit_frozen", subject, body, statement=deposit.statement
    )


async def tell_forfeited(uow: UnitOfWork, lot: Lot, deposit: Deposit) -> None:
    """It is not given back, why, and where to complain."""
    await _tell(
        uow,
        lot,
        deposit,
        "auctions.deposit_forfeited",
        _FORFEITED,
        _FORFEITED_BODY,
        reason=ForfeitReason(deposit.forfeit_reason or "").label,
        statement=deposit.statement,
    )


async def tell_proposed(
    uow: UnitOfWork, lot: Lot, deposit: Deposit, reason: ForfeitReason, statement: str
) -> None:
    """What is held against it, before anything is decided; and the operators, for one has to."""
    await _tell(
        uow,
        lot,
        deposit,
        "auctions.deposit_proposed",
        _PROPOSED,
        _PROPOSED_BODY,
        reason=reason.label,
        statement=statement,
    )
    await tell_platform(
        uow,
        roles=("operator",),
        notice=Notice(
            kind="auctions.deposit_to_approve",
            subject=Message(_TO_APPROVE, number=lot.number),
            body=Message(_TO_APPROVE_BODY, amount=format_yuan(deposit.amount_minor)),
            href=f"/review/deposits/{deposit.id}",
            facts={"number": lot.number},
        ),
        key=f"deposit_to_approve:{deposit.id}:{uow.now.isoformat()}",
    )


async def tell_spared(uow: UnitOfWork, lot: Lot, deposit: Deposit) -> None:
    """It is not kept after all."""
    await _tell(
        uow,
        lot,
        deposit,
        "auctions.deposit_proposed",
        _SPARED,
        _SPARED_BODY,
        statement=deposit.statement,
    )


async def tell_converted(uow: UnitOfWork, lot: Lot, deposit: Deposit) -> None:
    """It stands for the performance of the contract from now on."""
    await _tell(
        uow,
        lot,
        deposit,
        "auctions.deposit_converted",
        _CONVERTED,
        _CONVERTED_BODY,
        statement=deposit.statement,
    )
