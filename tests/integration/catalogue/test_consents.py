"""Consents of co-owners: needed, given, pinned, proved by a paper, withdrawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.catalogue import service
from app.catalogue.errors import ConsentMissing, ConsentNotFound, ConsentStateForbids
from app.catalogue.types import CoOwner, Disposal, LumpSum, OfferFacts
from app.core.errors import Forbidden, Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx
from app.files.types import FileKind, Staged
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.catalogue import offer_content

TERMS = service.ConsentBreadth.terms
AT_LARGE = service.ConsentBreadth.disposal


async def shared(
    world: World, *, linked: bool = True, disposal: Disposal = Disposal.exclusive
) -> tuple[Org, Org, OfferFacts]:
    """An owner, a co-owner (a party here when ``linked``), and a draft of an offer."""
    owner, other = await world.organisation("东海大学"), await world.organisation("西山研究院")
    row = CoOwner("西山研究院", other.id if linked else None, 3000)
    record = await world.achievement(owner, co_owners=(row,))
    return owner, other, await world.offer(owner, record, state="draft", disposal=disposal)


async def publish(tx: Tx, owner: Org, offer: OfferFacts) -> OfferFacts:
    facts, _ = await tx.run(
        service.publish_offer, actor=owner.head, number=offer.number, version=offer.version
    )
    return facts


async def ask(tx: Tx, owner: Org, offer: OfferFacts, breadth: Any = TERMS) -> list[Any]:
    return await tx.run(
        service.ask_consents, actor=owner.head, offer_number=offer.number, breadth=breadth
    )


@pytest.mark.parametrize(
    "disposal", [Disposal.transfer, Disposal.exclusive, Disposal.sole, Disposal.equity]
)
async def test_publication_names_who_is_missing(world: World, tx: Tx, disposal: Disposal) -> None:
    terms = None if disposal is Disposal.equity else LumpSum(Money(1_000_00))
    owner = await world.organisation()
    record = await world.achievement(owner, co_owners=(CoOwner("西山研究院"), CoOwner("北海公司")))
    offer = await world.offer(owner, record, state="draft", disposal=disposal, terms=terms)
    with pytest.raises(ConsentMissing, match="西山研究院、北海公司"):
        await publish(tx, owner, offer)
    view = await tx.run(service.show_offer, actor=owner.head, number=offer.number)
    assert view.facts == offer
    assert await world.count("fact", topic="catalogue.offer_published.v1") == 0


async def test_an_ordinary_licence_needs_nobody(world: World, tx: Tx) -> None:
    owner, _, offer = await shared(world, disposal=Disposal.ordinary)
    board = await tx.run(service.show_consent_board, actor=owner.head, offer_number=offer.number)
    assert board is not None
    assert not board.needed
    assert "使用费" in board.need.reason  # type: ignore[union-attr]
    with pytest.raises(ConsentStateForbids):
        await ask(tx, owner, offer)
    assert (await publish(tx, owner, offer)).state == "published"


async def test_a_co_owner_consents_on_the_workbench(world: World, tx: Tx) -> None:
    owner, other, offer = await shared(world)
    (one,) = await ask(tx, owner, offer)
    assert await ask(tx, owner, offer) == []
    assert offer.price_terms_hash is not None
    assert offer.price_terms_hash in one.statement
    assert await world.count("inbox_message") >= 1
    page = await tx.run(service.list_asked_consents, actor=other.head)
    assert [view.facts.id for view in page.items] == [one.id]
    answer = {"consent_id": one.id, "agrees": True}
    for actor, refusal in (
        (owner.head, Forbidden),  # nobody consents for another
        (await world.member(other, {"agent"}), Forbidden),
        ((await world.organisation()).head, ConsentNotFound),
    ):
        with pytest.raises(refusal):
            await tx.run(service.answer_consent, actor=actor, **answer)
    with pytest.raises(Invalid):
        await tx.run(service.answer_consent, actor=other.head, consent_id=one.id, agrees=False)
    with pytest.raises(ConsentMissing):
        await publish(tx, owner, offer)
    words = [
        (await tx.run(service.answer_consent, actor=other.head, **answer)).state for _ in range(2)
    ]
    assert words == ["given", "given"]
    with pytest.raises(ConsentStateForbids):
        await tx.run(
            service.answer_consent,
            actor=other.head,
            consent_id=one.id,
            agrees=False,
            note_text="不同意",
        )
    assert (await publish(tx, owner, offer)).state == "published"
    assert await world.count("audit_entry", action="catalogue.give_consent") == 1


async def test_other_terms_need_another_consent_unless_it_was_given_at_large(
    world: World, tx: Tx
) -> None:
    for breadth, refused in ((TERMS, True), (AT_LARGE, False)):
        owner, other, offer = await shared(world)
        (one,) = await ask(tx, owner, offer, breadth)
        await tx.run(service.answer_consent, actor=other.head, consent_id=one.id, agrees=True)
        changed = await tx.run(
            service.edit_offer,
            actor=owner.head,
            number=offer.number,
            version=offer.version,
            content=offer_content(disposal=Disposal.exclusive, terms=LumpSum(Money(1_00))),
        )
        if refused:
            with pytest.raises(ConsentMissing):
                await publish(tx, owner, changed)
        else:
            assert (await publish(tx, owner, changed)).state == "published"


async def test_another_list_of_co_owners_needs_everybody_anew(world: World, tx: Tx) -> None:
    owner, other, offer = await shared(world)
    (one,) = await ask(tx, owner, offer)
    view = await tx.run(
        service.show_achievement, actor=owner.head,
        number=(await tx.run(service.get_achievement, achievement_id=offer.achievement_id)).number,
    )  # fmt: skip
    rows = (*view.content.co_owners, CoOwner("北海公司"))
    await tx.run(
        service.edit_achievement,
        actor=owner.head,
        number=view.facts.number,
        version=view.facts.version,
        content=replace(view.content, co_owners=rows),
    )
    with pytest.raises(ConsentStateForbids, match="重新征询"):
        await tx.run(service.answer_consent, actor=other.head, consent_id=one.id, agrees=True)
    assert len(await ask(tx, owner, offer)) == 2


async def test_a_paper_is_checked_by_an_operator(world: World, tx: Tx, tmp_path: Path) -> None:
    owner, other, offer = await shared(world, linked=False)
    (one,) = await ask(tx, owner, offer)
    with pytest.raises(ConsentNotFound):
        await tx.run(service.answer_consent, actor=other.head, consent_id=one.id, agrees=True)
    send = {"consent_id": one.id, "key": "proof-key-1"}
    with pytest.raises(Invalid):
        await tx.run(service.send_proof, actor=owner.head, files=[], **send)
    path = tmp_path / "proof"
    path.write_bytes(b"%PDF-1.4")
    staged = Staged("a" * 64, 8, FileKind.pdf, "同意书.pdf", path)
    operator = await world.operator()
    with pytest.raises(ConsentStateForbids):
        await tx.run(service.check_proof, actor=operator, consent_id=one.id, accepts=True)
    sent = await tx.run(service.send_proof, actor=owner.head, files=[staged], **send)
    assert sent.state == "proof_sent"
    view = await tx.run(service.show_consent, actor=operator, consent_id=one.id)
    (file,) = view.files
    await tx.run(service.guard_consent_file, actor=owner.head, file=file)
    with pytest.raises(ConsentNotFound):
        await tx.run(service.guard_consent_file, actor=other.head, file=file)
    with pytest.raises(Forbidden):
        await tx.run(service.check_proof, actor=owner.head, consent_id=one.id, accepts=True)
    page = await tx.run(service.list_consent_proofs, actor=operator)
    assert [waiting.facts.id for waiting in page.items] == [one.id]
    await tx.run(service.check_proof, actor=operator, consent_id=one.id, accepts=True)
    assert (await publish(tx, owner, offer)).state == "published"


async def test_withdrawing_ends_what_rests_on_it_and_not_what_is_held(world: World, tx: Tx) -> None:
    owner, other, offer = await shared(world)
    (one,) = await ask(tx, owner, offer)
    await tx.run(service.answer_consent, actor=other.head, consent_id=one.id, agrees=True)
    published = await publish(tx, owner, offer)
    back = {"consent_id": one.id, "note_text": "条件变化"}
    with pytest.raises(Forbidden):
        await tx.run(service.withdraw_consent, actor=owner.head, **back)
    lot = new_id()
    await tx.run(service.reserve_offer, offer_id=published.id, for_kind="lot", for_id=lot)
    with pytest.raises(ConsentStateForbids, match="不能再撤回"):
        await tx.run(service.withdraw_consent, actor=other.head, **back)
    await tx.run(service.release_offer, offer_id=published.id, for_kind="lot", for_id=lot)
    for _ in range(2):
        await tx.run(service.withdraw_consent, actor=other.head, **back)
    gone = await tx.run(service.show_offer, actor=owner.head, number=offer.number)
    assert gone.facts.state == "withdrawn"
    with pytest.raises(ConsentMissing):
        await publish(tx, owner, gone.facts)


async def test_withdrawing_ends_another_offer_on_the_same_terms(world: World, tx: Tx) -> None:
    """A consent to terms covers every offer of the record that has them, so all rest on it."""
    owner, other, offer = await shared(world)
    (one,) = await ask(tx, owner, offer)
    await tx.run(service.answer_consent, actor=other.head, consent_id=one.id, agrees=True)
    record = await tx.run(service.get_achievement, achievement_id=offer.achievement_id)
    twin = await publish(
        tx, owner, await world.offer(owner, record, state="draft", disposal=Disposal.exclusive)
    )
    lot = new_id()
    await tx.run(service.reserve_offer, offer_id=twin.id, for_kind="lot", for_id=lot)
    back = {"consent_id": one.id, "note_text": "条件变化"}
    with pytest.raises(ConsentStateForbids, match="不能再撤回"):
        await tx.run(service.withdraw_consent, actor=other.head, **back)
    await tx.run(service.release_offer, offer_id=twin.id, for_kind="lot", for_id=lot)
    await tx.run(service.withdraw_consent, actor=other.head, **back)
    gone = await tx.run(service.show_offer, actor=owner.head, number=twin.number)
    assert gone.facts.state == "withdrawn"


async def test_what_was_published_before_stays(world: World, tx: Tx) -> None:
    """An offer that was out before anybody asked is not taken down; renewing it asks."""
    owner = await world.organisation()
    record = await world.achievement(owner)
    offer = await world.offer(owner, record, disposal=Disposal.exclusive)
    view = await tx.run(service.show_achievement, actor=owner.head, number=record.number)
    await tx.run(
        service.edit_achievement,
        actor=owner.head,
        number=record.number,
        version=view.facts.version,
        content=replace(view.content, co_owners=(CoOwner("西山研究院"),)),
    )
    assert (
        await tx.run(service.show_offer, actor=world.stranger, number=offer.number)
    ).facts.state == "published"
    with pytest.raises(ConsentMissing):
        await tx.run(
            service.renew_offer, actor=owner.head, number=offer.number, version=offer.version
        )
