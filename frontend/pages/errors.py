"""Refusals as pages: the same status as the API, a sentence, and what to do next."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.core.errors import DomainError, Invalid
from app.core.i18n import _n
from frontend.render import page

__all__ = ["render_error"]

_ADVICE: Final[dict[int, str]] = {
    401: _n("登录后将回到刚才的页面。"),
    403: _n("如需办理，请由具备相应角色的成员操作，或在单位页面查看各成员的角色。"),
    404: _n("地址可能有误，内容可能已撤回，或仅对相关单位可见。"),
    405: _n("请从页面上的按钮进行此操作。"),
    409: _n("内容的状态可能刚刚发生了变化，请刷新后查看最新状态。"),
    412: _n("请刷新页面，在最新内容上重新修改。"),
    413: _n("请减小或拆分文件后重新提交。"),
    415: _n("请另存为列出的格式后重新上传。"),
    422: _n("请返回上一页修改后重新提交，已填写的内容通常会保留。"),
    429: _n("请稍候片刻再试，其间无需重复提交。"),
    503: _n("稍后重试即可，已提交成功的内容不会丢失。"),
}
_OURS: Final = _n("这是系统的问题，不是您的操作有误。如需帮助，请把下面的请求编号告诉平台。")
_OTHER: Final = _n("请返回首页后重试。")


async def render_error(request: Request, error: DomainError) -> HTMLResponse:
    """The page for a refusal; for our own faults (5xx but 503) it names the request id."""
    status = error.status
    ours = status >= 500 and status != 503
    return page(
        request,
        "errors/error.html",
        status=status,
        error=error,
        advice=_OURS if ours else _ADVICE.get(status, _OTHER),
        field_errors=error.errors if isinstance(error, Invalid) else (),
        request_id=getattr(request.state, "request_id", "") if ours else "",
        back=_back(request),
    )


def _back(request: Request) -> str:
    """Where to try again: this page for a reading request, the home page for a sent form."""
    if request.method not in ("GET", "HEAD"):
        return ""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
