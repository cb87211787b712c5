"""The confidential layer: who keeps it, who opens it, and that nothing of it gets out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.catalogue import service
from app.catalogue.confidential_errors import (
    AlreadyRequested,
    LayerMissing,
    LayerNotReady,
    NotRequested,
)
from app.catalogue.confidential_rules import compute_nda_hash
from app.catalogue.confidential_types import GuestState
from app.catalogue.errors import NotPublishedYet
from app.catalogue.types import AchievementFacts, AchievementState
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import Forbidden, Invalid, NotFound, StaleVersion
from app.core.ids import new_id
from app.core.tx import Tx, UnitOfWork
from app.files.errors import FileMissing
from app.files.service import list_attached, open_file
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org

GUARDS = {"catalogue.confidential": service.guard_confidential}
TEXT = "烧结温度 1,420 ℃，保温 6 小时。"


class Room:
    """An owner with a published achievement, a buyer, and what they do."""

    def __init__(self, world: World, owner: Org, buyer: Org, record: AchievementFacts) -> None:
        self.world, self.tx, self.owner, self.buyer = world, world.tx, owner, buyer
        self.record, self.number = record, record.number

    async def today(self) -> date:
        async def read(uow: UnitOfWork) -> date:
            return uow.now.astimezone(SHANGHAI).date()

        return await self.tx.run(read)

    async def build(self, *, invited: bool = True, accepted: bool = True) -> None:
        self.file_id = await self.world.confidential(
            self.owner.head,
            self.number,
            text=TEXT,
            guest=self.buyer.id if invited else None,
            reader=self.buyer.head if accepted else None,
        )

    async def read(self, actor: Actor | None = None) -> str:
        layer = await self.tx.run(
            service.open_confidential, actor=actor or self.buyer.head, number=self.number
        )
        return layer.text

    async def download(self, actor: Actor | None = None) -> str:
        file = await self.tx.run(
            open_file, actor=actor or self.buyer.head, file_id=self.file_id, guards=GUARDS
        )
        return file.name

    async def shut(self, actor: Actor | None = None) -> None:
        """Neither text nor file opens, and nothing is recorded."""
        before = await self.world.count("confidential_opening")
        with pytest.raises(LayerMissing):
            await self.read(actor)
        with pytest.raises(FileMissing):
            await self.download(actor)
        assert await self.world.count("confidential_opening") == before


@pytest.fixture
async def room(world: World) -> Room:
    owner = await world.organisation("示范大学", "university")
    buyer = await world.organisation("受邀公司")
    return Room(world, owner, buyer, await world.achievement(owner))


async def test_what_was_accepted_opens_and_each_opening_is_recorded(room: Room) -> None:
    await room.build()
    assert await room.read() == TEXT
    assert await room.download() == "检测报告.pdf"
    page = await room.tx.run(service.list_openings, actor=room.owner.head, number=room.number)
    assert [(o.what, o.organisation_name, o.file_name) for o in page.items] == [
        ("file", "受邀公司", "检测报告.pdf"),
        ("text", "受邀公司", ""),
    ]
    assert await room.world.count("audit_entry", action="catalogue.open_confidential_text") == 1
    assert await room.world.count("audit_entry", action="catalogue.open_confidential_file") == 1


async def test_before_acceptance_only_the_nda_is_shown(room: Room) -> None:
    await room.build(accepted=False)
    layer = await room.tx.run(service.open_confidential, actor=room.buyer.head, number=room.number)
    assert (layer.text, layer.files, layer.accepted_at) == ("", (), None)
    assert layer.nda.sha256 == compute_nda_hash(layer.nda.text)
    assert await room.world.count("confidential_opening") == 0
    with pytest.raises(FileMissing):
        await room.download()


async def test_an_acceptance_says_who_when_and_of_what(room: Room) -> None:
    await room.build()
    await room.tx.run(service.accept_nda, actor=room.buyer.head, number=room.number, nda_version=1)
    assert await room.world.count("confidential_acceptance") == 1, "once"
    kept = await room.tx.run(service.show_kept, actor=room.owner.head, number=room.number)
    guest = kept.guests[0]
    assert guest.accepted == kept.nda
    assert guest.accepted_at is not None
    assert guest.open


@pytest.mark.parametrize("role", ["operator", "publisher", "supervisor", "administrator", "broker"])
async def test_no_platform_role_opens_it(room: Room, role: str) -> None:
    await room.build()
    actor = await room.world.person(platform={role})
    await room.shut(actor)
    with pytest.raises(NotFound):
        await room.tx.run(service.show_kept, actor=actor, number=room.number)


async def test_the_uninvited_and_the_inventor_of_the_guest_find_nothing(room: Room) -> None:
    await room.build()
    other = await room.world.organisation("别的公司")
    await room.shut(other.head)
    await room.shut(room.world.stranger)
    await room.shut(await room.world.member(room.buyer, {"inventor"}))
    await room.shut(await room.world.member(room.owner, {"inventor"}))


async def test_a_revoked_guest_is_out_at_once_and_may_come_back(room: Room) -> None:
    await room.build()
    revoke: dict[str, Any] = {
        "actor": room.owner.head,
        "number": room.number,
        "organisation_id": room.buyer.id,
    }
    await room.tx.run(service.revoke_guest, **revoke)
    await room.tx.run(service.revoke_guest, **revoke)
    await room.shut()
    with pytest.raises(LayerMissing):
        await room.tx.run(
            service.accept_nda, actor=room.buyer.head, number=room.number, nda_version=1
        )
    until = await room.today()
    await room.tx.run(service.invite_guest, **revoke, until=until)
    assert await room.read() == TEXT, "what was accepted stays accepted"


async def test_the_last_day_ends_at_midnight(room: Room, clock: Clock) -> None:
    await room.build(invited=False, accepted=False)
    today = await room.today()
    await room.tx.run(
        service.invite_guest,
        actor=room.owner.head,
        number=room.number,
        organisation_id=room.buyer.id,
        until=today,
    )
    await room.tx.run(service.accept_nda, actor=room.buyer.head, number=room.number, nda_version=1)
    assert await room.read() == TEXT
    await clock.advance(days=1)
    await room.shut()
    kept = await room.tx.run(service.show_kept, actor=room.owner.head, number=room.number)
    assert (kept.guests[0].state, kept.guests[0].open) == (GuestState.invited, False)


async def test_a_new_nda_text_is_accepted_anew(room: Room) -> None:
    await room.build()
    write: dict[str, Any] = {"actor": room.owner.head, "number": room.number}
    same = await room.tx.run(service.write_nda, **write, text="保密承诺书：不外传。", version=1)
    assert same.version == 1, "the same text changes nothing"
    assert await room.read() == TEXT
    await room.tx.run(service.write_nda, **write, text="新的保密承诺书。", version=1)
    layer = await room.tx.run(service.open_confidential, actor=room.buyer.head, number=room.number)
    assert (layer.text, layer.accepted_older) == ("", True)
    with pytest.raises(FileMissing):
        await room.download()
    with pytest.raises(StaleVersion):
        await room.tx.run(
            service.accept_nda, actor=room.buyer.head, number=room.number, nda_version=1
        )
    await room.tx.run(service.accept_nda, actor=room.buyer.head, number=room.number, nda_version=2)
    assert await room.read() == TEXT
    with pytest.raises(StaleVersion):
        await room.tx.run(service.write_nda, **write, text="又一份。", version=1)


async def test_a_withdrawn_achievement_closes_its_layer(room: Room) -> None:
    await room.build()
    await room.tx.run(
        service.withdraw_achievement, actor=room.owner.head, number=room.number, version=3
    )
    await room.shut()


async def test_a_company_asks_and_the_owner_answers(room: Room) -> None:
    await room.build(invited=False, accepted=False)
    ask: dict[str, Any] = {"actor": room.buyer.head, "number": room.number, "message": "评估受让"}
    await room.tx.run(service.request_confidential, **ask)
    with pytest.raises(AlreadyRequested):
        await room.tx.run(service.request_confidential, **ask)
    await room.shut()
    decline: dict[str, Any] = {
        "actor": room.owner.head,
        "number": room.number,
        "organisation_id": room.buyer.id,
    }
    await room.tx.run(service.decline_guest, **decline)
    await room.shut()
    with pytest.raises(NotRequested):
        await room.tx.run(service.revoke_guest, **decline)
    await room.tx.run(service.request_confidential, **ask)
    await room.tx.run(service.invite_guest, **decline, until=await room.today() + timedelta(days=7))
    layer = await room.tx.run(service.open_confidential, actor=room.buyer.head, number=room.number)
    assert layer.accepted_at is None


async def test_nobody_asks_for_what_is_not_said(room: Room) -> None:
    await room.world.confidential(room.owner.head, room.number, announced=False)
    with pytest.raises(NotFound):
        await room.tx.run(
            service.request_confidential,
            actor=room.buyer.head,
            number=room.number,
            message="评估受让",
        )
    line = await room.tx.run(
        service.show_line, actor=room.buyer.head, achievement_id=room.record.id
    )
    assert (line.exists, line.may_request) == (False, False)
    assert await room.world.count("confidential_guest") == 0


async def test_invitations_need_an_nda_a_public_record_and_a_verified_guest(room: Room) -> None:
    invite: dict[str, Any] = {
        "actor": room.owner.head,
        "until": await room.today() + timedelta(days=1),
    }
    with pytest.raises(LayerNotReady):
        await room.tx.run(
            service.invite_guest, **invite, number=room.number, organisation_id=room.buyer.id
        )
    await room.build(invited=False, accepted=False)
    unverified = await room.world.organisation("未认证公司", verified=False)
    for guest in (unverified.id, room.owner.id, new_id()):
        with pytest.raises(Invalid):
            await room.tx.run(
                service.invite_guest, **invite, number=room.number, organisation_id=guest
            )
    with pytest.raises(Invalid):
        await room.tx.run(
            service.invite_guest,
            **(invite | {"until": await room.today() - timedelta(days=1)}),
            number=room.number,
            organisation_id=room.buyer.id,
        )
    draft = await room.world.achievement(room.owner, state=AchievementState.draft)
    await room.world.confidential(room.owner.head, draft.number)
    with pytest.raises(NotPublishedYet):
        await room.tx.run(
            service.invite_guest, **invite, number=draft.number, organisation_id=room.buyer.id
        )
    assert await room.world.count("confidential_guest") == 0


async def test_only_the_manager_writes_and_an_old_version_is_refused(room: Room) -> None:
    await room.build(invited=False, accepted=False)
    keep: dict[str, Any] = {"number": room.number, "text": "别的内容", "announced": False}
    inventor = await room.world.member(room.owner, {"inventor"})
    with pytest.raises(Forbidden):
        await room.tx.run(service.keep_confidential, actor=inventor, **keep, version=1)
    with pytest.raises(NotFound):
        await room.tx.run(service.keep_confidential, actor=room.buyer.head, **keep, version=1)
    with pytest.raises(StaleVersion):
        await room.tx.run(service.keep_confidential, actor=room.owner.head, **keep, version=0)
    kept = await room.tx.run(service.show_kept, actor=room.owner.head, number=room.number)
    assert (kept.text, kept.version) == (TEXT, 1)


async def test_an_import_that_nobody_claimed_has_no_layer(world: World, tx: Tx) -> None:
    care = await world.organisation("托管单位")
    record = await world.imported(care)
    with pytest.raises(NotFound):
        await tx.run(service.show_kept, actor=care.head, number=record.number)


async def test_a_removed_file_is_gone_and_its_record_stays(room: Room) -> None:
    await room.build()
    await room.download()
    await room.tx.run(
        service.detach_confidential,
        actor=room.owner.head,
        number=room.number,
        file_id=room.file_id,
    )
    with pytest.raises(FileMissing):
        await room.download()
    files = await room.tx.run(
        list_attached, owner_kind="catalogue.confidential", owner_id=room.record.id
    )
    assert files == []
    page = await room.tx.run(service.list_openings, actor=room.owner.head, number=room.number)
    assert [(o.what, o.file_name) for o in page.items] == [("file", "")]
