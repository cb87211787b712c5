import httpx2
import pytest

from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.tx import Tx
from app.reports import service
from tests.world import World


async def test_an_empty_market_has_true_zeros(tx: Tx) -> None:
    view = await tx.run(service.home_view)
    assert [figure.minor if figure.minor is not None else figure.value for figure in view.figures]
    assert {figure.value for figure in view.figures} == {0}
    assert len(view.fields) == 8
    assert view.lots == view.offers == view.achievements == view.demands == ()


async def test_the_front_page_shows(client: httpx2.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 200
    assert "公开成果" in response.text


async def test_a_desk_says_what_waits_for_each(tx: Tx, world: World) -> None:
    organisation = await world.organisation(verified=False)
    head = await world.member(organisation, roles={"head"})
    labels = [task.label for task in (await tx.run(service.desk_view, actor=head)).tasks]
    assert labels[0].startswith("单位尚未认证")
    operator = await world.operator()
    queues = (await tx.run(service.desk_view, actor=operator)).tasks
    assert [queue.href for queue in queues] == [
        "/review/achievements",
        "/review/claims",
        "/review/demands",
        "/review/consents",
        "/review/organisations",
        "/review/people",
        "/review/bank-accounts",
        "/review/payouts?stuck=1",
        "/review/refunds",
        "/review/differences",
        "/review/deposits",
        "/review/applications",
        "/review/complaints",
        "/review/lots",
    ]
    supervisor = await world.person(platform={"supervisor"})
    seen = (await tx.run(service.review_view, actor=supervisor)).queues
    assert "/review/people" not in [queue.href for queue in seen], "papers are for operators"
    with pytest.raises(Unauthenticated):
        await tx.run(service.desk_view, actor=world.stranger)


async def test_only_the_platform_reads_the_trail(tx: Tx, world: World) -> None:
    organisation = await world.organisation()
    head = await world.member(organisation, roles={"head"})
    with pytest.raises(Forbidden):
        await tx.run(service.list_audit, actor=head)
    operator = await world.operator()
    page = await tx.run(service.list_audit, actor=operator)
    assert [line.seq for line in page.items] == sorted((x.seq for x in page.items), reverse=True)
    assert any(line.subject_kind == "organisation" for line in page.items)
    with pytest.raises(Invalid):
        await tx.run(service.list_audit, actor=operator, after="nonsense")
