"""The front page, and what a reader prefers (language, theme, size of type)."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.cookies import is_secure
from app.core.i18n import LOCALES
from app.core.web import ActorDep, TxDep
from app.reports import service as reports
from frontend.forms import Form
from frontend.render import THEMES, TYPES, page

router = APIRouter(include_in_schema=False)

_YEAR_S = 365 * 86_400


@router.get("/", name="home")
async def home(request: Request, _actor: ActorDep, tx: TxDep) -> Response:
    """True figures, running lots, what is new."""
    view = await tx.run(reports.home_view)
    return page(request, "home/index.html", home=view)


@router.post("/preferences", name="preferences")
async def preferences(request: Request) -> Response:
    """Keep the reader's language, theme or size of type in a cookie and go back.

    Strange values do nothing.
    """
    form = Form.of(await request.form())
    response = RedirectResponse(safe_path(form.value("next")), 303)
    for name, allowed in (("locale", LOCALES), ("theme", THEMES), ("type", TYPES)):
        if form.value(name) in allowed:
            response.set_cookie(
                name,
                form.value(name),
                max_age=_YEAR_S,
                samesite="lax",
                secure=is_secure(request),
            )
    return response


def safe_path(target: str) -> str:
    """A path of this site to go to, else the home page: no other site, no `//host`, no `\\`."""
    strange = "\\" in target or not target.isprintable() or target.startswith("//")
    if strange or not target.startswith("/") or urlsplit(target).netloc:
        return "/"
    return target
