"""Access: versions of achievements, consents of co-owners, entry on behalf, who looked."""

from __future__ import annotations

from typing import Final

from app.catalogue import service
from app.catalogue.types import CoOwner, Disposal
from app.core.ids import new_id
from tests.access.catalogue import MANAGER, UNSEEING
from tests.access.rows import (
    ELSEWHERE,
    EVERYONE,
    MEMBERS,
    OPERATOR,
    READERS,
    SIGNED_IN,
    Row,
    Stage,
    row,
)
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.catalogue import achievement_content

PLATFORM: Final = READERS | {"publisher"}
HIDERS: Final = MANAGER | OPERATOR
ENTERERS: Final = MANAGER | OPERATOR | ELSEWHERE
PARTIES: Final = MEMBERS | {"foreign"}


def consent(may: frozenset[str], form: dict[str, str] | None = None) -> Row:
    """A step on a consent that ``foreign`` was asked for."""
    unseen = frozenset({"stranger", "person", "unverified", "broker", "publisher"})
    return row(may, stranger=404, unseen=unseen - may, form=form, consent_id="consent")


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /achievements/{number}/versions": [
        row(EVERYONE, number="edited"),
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="draft"),
    ],
    "GET /achievements/{number}/versions/compare": [
        row(EVERYONE, number="edited"),
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="draft"),
    ],
    "GET /achievements/{number}/versions/{version}": [
        row(EVERYONE, number="edited", version="edited_version"),
        # what never was public
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="edited", version="first_version"),
    ],
    "POST /desk/achievements/{number}/versions/{version}/hide": [
        row(HIDERS, form={"reason": "误公开"}, number="edited", version="edited_version"),
        # what never was public is not there to be hidden
        row(
            frozenset(),
            stranger=404,
            unseen=UNSEEING | HIDERS,
            form={"reason": "误公开"},
            number="draft",
            version="first_version",
        ),
    ],
    "POST /desk/achievements/{number}/names/{name_id}/erase": row(
        HIDERS, number="edited", name_id="former_name"
    ),
    "GET /desk/achievements/{number}/interest": [
        row(MEMBERS | {"operator", "supervisor"}, number="edited"),
        # readers see a draft without its figures
        row(
            MEMBERS | {"operator", "supervisor"},
            stranger=404,
            unseen=UNSEEING,
            number="draft",
        ),
    ],
    # Entry on behalf: operators for any house, managers for their own.
    "GET /desk/behalf": row(ENTERERS),
    "GET /desk/behalf/{organisation_id}/new": row(MANAGER | OPERATOR, organisation_id="owner"),
    "POST /desk/behalf/{organisation_id}/new": row(
        MANAGER | OPERATOR, form={"title": "代录"}, organisation_id="owner"
    ),
    "GET /desk/confirmations": row(SIGNED_IN),
    "GET /desk/confirmations/{number}": row(
        PLATFORM | MEMBERS, stranger=404, others=404, number="entered"
    ),
    # only its person answers; nobody of the cast is he
    "POST /desk/confirmations/{number}/confirm": row(
        frozenset(), stranger=404, unseen=UNSEEING, form={"version": "1"}, number="entered"
    ),
    "POST /desk/confirmations/{number}/refuse": row(
        frozenset(), stranger=404, unseen=UNSEEING, form={"version": "1"}, number="entered"
    ),
    # Consents: the asking house, the asked one (``foreign``) and the platform know of them.
    "POST /desk/offers/{number}/consents": row(
        MANAGER, stranger=404, unseen=UNSEEING, form={"breadth": "terms"}, number="shared_offer"
    ),
    "GET /desk/consents": row(MEMBERS | ELSEWHERE),
    "GET /review/consents": row(READERS),
    "GET /desk/consents/{consent_id}": consent(PARTIES | READERS),
    "POST /desk/consents/{consent_id}/answer": consent(frozenset({"foreign"}), {"agrees": "yes"}),
    "POST /desk/consents/{consent_id}/proof": consent(MANAGER),
    "POST /desk/consents/{consent_id}/check": consent(OPERATOR, {"accepts": "yes"}),
    "POST /desk/consents/{consent_id}/withdraw": consent(
        frozenset({"foreign"}), {"note": "条件变化"}
    ),
}


async def build(stage: Stage, world: World) -> None:
    """A published record that was edited: its third version was public, its first was not."""
    edited = await world.edited_achievement(stage.owner)
    names = await world.tx.run(
        service.list_former_names, actor=stage.owner.head, number=edited.number
    )
    shared = await world.achievement(
        stage.owner, co_owners=(CoOwner("共有单位", stage.foreign.id),)
    )
    offer = await world.offer(stage.owner, shared, state="draft", disposal=Disposal.exclusive)
    (asked,) = await world.tx.run(
        service.ask_consents,
        actor=stage.owner.head,
        offer_number=offer.number,
        breadth=service.ConsentBreadth.terms,
    )
    researcher = await world.member(stage.owner, {"inventor"}, name="钱研究")
    entered = await world.tx.run(
        service.enter_for_person,
        actor=stage.owner.head,
        organisation_id=stage.owner.id,
        person_id=id_of(researcher),
        content=achievement_content(),
        key="access-behalf",
    )
    stage.examples |= {
        "owner": str(stage.owner.id),
        "entered": entered.number,
        "shared_offer": offer.number,
        "consent": str(asked.id),
        "edited": edited.number,
        "first_version": "1",
        "edited_version": "3",
        "former_name": str(names[0].id if names else new_id()),
    }
