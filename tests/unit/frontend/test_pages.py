"""The shell: languages, themes, banners, safety of what is shown, refusals as pages."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.actor import Actor
from app.core.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from app.core.ids import new_id
from frontend.guides import GUIDES
from frontend.pages.errors import render_error
from frontend.pages.home import safe_path
from frontend.render import environment, page
from tests.unit.frontend.conftest import MakeRequest

GUIDE: dict[str, Any] = {"guide": GUIDES["agent"], "guides": list(GUIDES.values())}


def shown(make_request: MakeRequest, **how: object) -> str:
    body = page(make_request("/help/agent", **how), "help/role.html", **GUIDE).body
    return bytes(body).decode()


def test_the_page_is_chinese_unless_english_was_chosen(make_request: MakeRequest) -> None:
    assert '<html lang="zh-CN">' in shown(make_request)
    english = shown(make_request, cookie="locale=en")
    assert '<html lang="en">' in english
    assert ">Log in<" in english
    assert '<html lang="zh-CN">' in shown(make_request, cookie="locale=xx")


def test_a_chosen_theme_is_on_the_page(make_request: MakeRequest) -> None:
    assert "data-theme" not in shown(make_request).split(">")[1]
    assert 'data-theme="dark"' in shown(make_request, cookie="theme=dark")
    assert "onload" not in shown(make_request, cookie='theme="onload=x')


def test_banners(make_request: MakeRequest) -> None:
    assert "演示市场" in shown(make_request)
    assert "市场时钟已拨快" not in shown(make_request)
    assert "市场时钟已拨快" in shown(make_request, clock_offset=timedelta(days=15))


def test_the_account_is_shown_and_escaped(make_request: MakeRequest) -> None:
    actor = Actor(new_id(), new_id(), frozenset({"manager"}), True, "<b>林</b>", "衡川理工大学")
    html = shown(make_request, actor=actor)
    assert "&lt;b&gt;林&lt;/b&gt;" in html
    assert "<b>林</b>" not in html
    assert 'action="/logout"' in html
    assert ">登录<" not in html


def test_nothing_is_inline(make_request: MakeRequest) -> None:
    html = shown(make_request)
    assert "style=" not in html
    assert "<style" not in html
    assert "onclick" not in html
    assert "<script>" not in html


def test_a_text_from_outside_is_never_trusted() -> None:
    template = environment("zh-CN").from_string("{{ text | tr }}")
    assert template.render(text="<i>100%</i>") == "&lt;i&gt;100%&lt;/i&gt;"


def test_the_query_is_changed_in_part(make_request: MakeRequest) -> None:
    request = make_request("/lots", query="q=%E9%9A%94%E8%86%9C&shelf=ended&after=x")
    template = environment("zh-CN").from_string(
        "{{ with_query(after='y') }} {{ with_query(shelf=none) }} {{ with_query(q='', shelf='') }}"
    )
    assert template.render(request=request).replace("&amp;", "&").split() == [
        "?q=%E9%9A%94%E8%86%9C&shelf=ended&after=y",
        "?q=%E9%9A%94%E8%86%9C",
        "/lots",
    ]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unauthenticated(), 401, "/login?next=/desk%3Fa%3D1"),
        (Forbidden("您的单位尚未通过认证，认证后即可办理"), 403, "认证后即可办理"),
        (NotFound(), 404, "地址可能有误"),
        (Conflict(), 409, "刷新后重试"),
        (Invalid([FieldError("a", "请填写<整数>。")]), 422, "请填写&lt;整数&gt;。"),
        (Unavailable(), 503, "稍后重试即可"),
    ],
)
async def test_refusals_are_pages(
    make_request: MakeRequest, error: DomainError, status: int, words: str
) -> None:
    response = await render_error(make_request("/desk", query="a=1", request_id="rid-1"), error)
    html = bytes(response.body).decode()
    assert response.status_code == status
    assert f'data-code="{error.code}"' in html
    assert words in html
    assert "rid-1" not in html


async def test_our_own_fault_names_the_request(make_request: MakeRequest) -> None:
    bug = DomainError("系统出现错误，我们已记录，请稍后重试")
    bug.status = 500  # type: ignore[misc]
    response = await render_error(make_request(request_id="rid-1"), bug)
    assert response.status_code == 500
    assert "rid-1" in bytes(response.body).decode()


@pytest.mark.parametrize(
    "target",
    ["", "x", "//evil.cn", "https://evil.cn", "/\\evil.cn", "/a\\b", "/a\nb"],
)
def test_nobody_is_sent_away(target: str) -> None:
    assert safe_path(target) == "/"


def test_one_goes_back_where_one_was() -> None:
    assert safe_path("/search?q=隔膜&kind=lot") == "/search?q=隔膜&kind=lot"
