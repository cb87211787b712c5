import httpx2

from tests.world import World


async def test_an_organisation_shows_what_it_holds(
    client: httpx2.AsyncClient, world: World
) -> None:
    organisation = await world.organisation()
    response = await client.get(f"/organisations/{organisation.id}")
    assert response.status_code == 200
    assert organisation.name in response.text


async def test_the_desk_the_queue_and_the_trail_are_pages(
    client: httpx2.AsyncClient, world: World
) -> None:
    operator = await world.operator()
    await world.logged_in_client(client, operator)
    for path, words in [
        ("/desk", "单位认证待审核"),
        ("/review", "成果认领待处理"),
        ("/desk/audit", "审计记录"),
    ]:
        response = await client.get(path)
        assert response.status_code == 200
        assert words in response.text
