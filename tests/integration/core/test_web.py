from __future__ import annotations

import errno
import io

import httpx2
import pytest
from starlette import formparsers

from app.core import web
from app.core.settings import Settings
from app.core.tx import Tx
from app.main import create_app
from tests.unit.files.samples import PDF
from tests.world import World
from tests.worlds.letters import read_letters

OURS = "http://market.test"


async def test_a_missing_page_is_a_page_and_a_missing_resource_a_problem(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/no-such-page")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "未找到" in page.text
    problem = await client.get("/api/v1/no-such-thing")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "not-found"
    assert problem.json()["instance"] == "/api/v1/no-such-thing"


@pytest.mark.parametrize(
    ("case", "headers", "status"),
    [
        ("same origin by fetch metadata", {"Sec-Fetch-Site": "same-origin"}, 404),
        ("typed address", {"Sec-Fetch-Site": "none"}, 404),
        ("another site", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("a sibling site", {"Sec-Fetch-Site": "same-site"}, 403),
        ("metadata outweighs origin", {"Sec-Fetch-Site": "cross-site", "Origin": OURS}, 403),
        ("same origin by Origin", {"Origin": OURS}, 404),
        ("another origin", {"Origin": "http://evil.test"}, 403),
        ("an opaque origin", {"Origin": "null"}, 403),
        ("same origin by Referer", {"Origin": "", "Referer": f"{OURS}/login"}, 404),
        ("another referer", {"Origin": "", "Referer": "http://evil.test/market.test"}, 403),
        ("nothing at all", {"Origin": ""}, 403),
        ("a token carries no ambient authority", {"Origin": "", "Authorization": "Bearer x"}, 404),
    ],
)
async def test_a_post_that_another_site_could_cause_is_refused(
    client: httpx2.AsyncClient, case: str, headers: dict[str, str], status: int
) -> None:
    for name, value in headers.items():
        if value:
            client.headers[name] = value
        else:
            del client.headers[name]
    response = await client.post("/api/v1/no-such-thing")
    assert response.status_code == status, case


async def test_every_answer_carries_its_id_and_the_security_headers(
    client: httpx2.AsyncClient,
) -> None:
    for path in ("/healthz", "/no-such-page"):
        response = await client.get(path)
        assert len(response.headers["x-request-id"]) == 32
        policy = response.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_wrong_method_is_a_page_too(client: httpx2.AsyncClient) -> None:
    response = await client.post("/healthz")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


async def test_a_wrong_method_is_answered_with_the_right_ones(client: httpx2.AsyncClient) -> None:
    for method in ("TRACE", "PUT", "OPTIONS"):
        answer = await client.request(method, "/api/v1/achievements")
        assert answer.status_code == 405, method
        assert answer.headers["Allow"] == "GET, POST"
        assert answer.json()["code"] == "method-not-allowed"


async def test_a_body_that_cannot_be_read_is_a_clear_refusal(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/demands",
        content=b"\xff\xfe{",
        headers={"Content-Type": "application/json", "Idempotency-Key": "unreadable-1"},
    )
    assert answer.status_code == 422
    assert answer.json()["detail"] == "请求内容无法读取，请按说明的格式重新提交"


async def test_https_brings_hsts_and_cookies_that_no_neighbour_can_plant(
    settings: Settings, tx: Tx, world: World
) -> None:
    secure = settings.model_copy(update={"public_url": "https://market.test"})
    app = create_app(secure, tx=tx)
    actor = await world.person("安全的人")
    token = await world.token(actor)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="https://market.test",
        headers={"Origin": "https://market.test"},
    ) as client:
        client.cookies.set("market_session", token, domain="market.test")
        assert (await client.get("/desk")).status_code != 200, "a cookie without its prefix"
        client.cookies.set("__Host-market_session", token, domain="market.test")
        page = await client.get("/desk")
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"].startswith("max-age=63072000")
        left = await client.post("/logout")
        assert left.headers["Set-Cookie"].startswith('__Host-market_session="";')
        assert "Secure" in left.headers["Set-Cookie"]
        assert left.headers["Clear-Site-Data"] == '"cache"'


async def test_nothing_of_a_sensitive_page_stays_in_a_browser(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    admin = await world.person(platform={"administrator"})
    for actor, path in (
        (org.head, "/desk/account"),
        (org.head, "/desk/tokens"),
        (org.head, "/desk/organisation"),
        (org.head, "/desk/organisation/bank"),
        (org.head, "/desk/inbox"),
        (org.head, "/desk/webhooks"),
        (org.head, "/api/v1/me"),
        (admin, "/desk/roles"),
        (await world.operator(), "/review/people"),
    ):
        await world.logged_in_client(client, actor)
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert "no-store" in answer.headers["cache-control"], path
    client.cookies.clear()
    for path in ("/login", "/forgot"):
        assert (await client.get(path)).headers["cache-control"] == "private, no-store"
    assert (await client.get("/desk/offers")).headers["cache-control"] == "private, no-cache"


async def test_a_full_temporary_folder_is_said(
    client: httpx2.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starlette writes what is uploaded there before anybody of ours sees it."""

    class Full(io.BytesIO):
        _max_size, _rolled = 0, True

        def __init__(self, **_: object) -> None:
            super().__init__()

        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    org = await world.organisation()
    record = await world.achievement(org)
    await world.logged_in_client(client, org.head)
    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", Full)
    answer = await client.post(
        f"/desk/achievements/{record.number}/files",
        files=[("files", ("报告.pdf", PDF, "application/pdf"))],
    )
    assert answer.status_code == 507
    assert "存储空间不足" in answer.text
    assert await world.count("attachment") == 0


@pytest.mark.parametrize("host", ["evil.test", "evil.test:8000", "market.test@evil.test", "", "["])
async def test_a_foreign_host_gets_into_no_page_and_no_mail(
    client: httpx2.AsyncClient, world: World, host: str
) -> None:
    """Links in pages are paths; links in mails and feeds begin with the address in the settings."""
    await world.person(identifier="who@example.com")
    for path in ("/", "/login?next=/desk", "/desk", "/search?q=x", "/feeds/achievements.atom"):
        answer = await client.get(path, headers={"Host": host, "X-Forwarded-Host": host or "x"})
        assert answer.status_code in (200, 303, 401), path
        assert "evil.test" not in answer.text + str(answer.headers)
    slashed = await client.get("/lots/?shelf=ended", headers={"Host": host})
    assert (slashed.status_code, slashed.headers["location"]) == (307, "/lots?shelf=ended")
    asked = await client.post(
        "/forgot", data={"identifier": "who@example.com"}, headers={"Host": host}
    )
    assert asked.headers["location"] == "/forgot/code"
    letter = (await read_letters(world.tx))[-1]
    assert "http://market.test/forgot/code" in letter
    assert "evil" not in letter


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ("/desk?done=1#x", "/desk?done=1#x"),
        ("http://evil.test/desk?a=1#x", "/desk?a=1#x"),
        ("//evil.test/desk", "/desk"),
        ("http://evil.test//other.test/", "/other.test/"),
        ("javascript:alert(1)", "/alert(1)"),
    ],
)
def test_no_redirect_leads_to_another_site(location: str, kept: str) -> None:
    assert web.compute_path(location) == kept
