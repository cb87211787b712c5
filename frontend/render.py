"""Templates to pages: one `page()` for all rooms.

Every template gets `request`, `actor`, `market`, `locale`, `theme`, `large` (large type), `status`
and `form_key` beside what its page hands over; an undefined name is an error (StrictUndefined).
Templates call `_()` with literal texts only: newstyle gettext trusts what it translates, so a text
from outside goes through the `tr` filter, which does not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from app.core.actor import Actor
from app.core.i18n import LOCALES, negotiate, translate, translations
from app.core.ids import new_id
from frontend import charts, navigation, show
from frontend.assets import Assets

__all__ = ["MarketView", "locale_of", "page"]

TEMPLATES: Final = Path(__file__).parent / "templates"
THEMES: Final = ("light", "dark")
TYPES: Final = ("normal", "large")
# Ways in, people and their papers, money, keys, messages, what is confidential.
SENSITIVE: Final = re.compile(
    r"/(login|signup|forgot|act-for|review|demo)(/|$)"
    r"|/desk/(account|audit|inbox|organisation|roles|setup|tokens|webhooks|unit-disclosures)(/|$)"
    r"|/desk/[^/]+/bank(/|$)|/desk/deposits(/|$)|/lots/[^/]+/deposit(/|$)"
    r"|.*/confidential(/|$)"
)

asset = Assets()


@dataclass(frozen=True, slots=True)
class MarketView:
    """What every page shows of the market: its name, its mode, its clock.

    `offset` is how far the market's clock was moved (demo and test only); `now` is for showing,
    never for deciding.
    """

    name: str
    mode: str
    offset: timedelta
    now: datetime
    upload_limit_mb: int = 50

    @property
    def moved(self) -> bool:
        """Whether the market's clock is not the world's."""
        return self.offset != timedelta(0)

    @property
    def now_ms(self) -> int:
        """The market's clock in milliseconds, from which browsers count down."""
        return int(self.now.timestamp() * 1000)


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a template as a whole page with a status.

    The answer is never stored by shared caches and is asked for again on every visit: it may
    hold a name, a form key or a state that has changed. What is sensitive no browser keeps either;
    the rest it may keep until logout (which clears it), so that going back finds what was typed.
    """
    locale = locale_of(request)
    shared = {
        "request": request,
        "actor": getattr(request.state, "actor", None) or Actor.stranger(),
        "market": _market(request),
        "locale": locale,
        "theme": theme_of(request),
        "large": request.cookies.get("type") == "large",
        "form_key": _fresh_key,
        "status": status,
    }
    html = environment(locale).get_template(template).render(shared | context)
    return HTMLResponse(
        html,
        status,
        headers={
            "Cache-Control": compute_caching(request.url.path),
            "Content-Language": locale,
            "Vary": "Cookie, Accept-Language",
        },
    )


def compute_caching(path: str) -> str:
    """``Cache-Control`` of a page: nothing of a sensitive one may stay on a disk."""
    return "private, no-store" if SENSITIVE.match(path) else "private, no-cache"


def locale_of(request: Request) -> str:
    """The reader's language: the one he chose (cookie), else his browser's, else Chinese."""
    chosen = request.cookies.get("locale", "")
    if chosen in LOCALES:
        return chosen
    return negotiate(request.headers.get("accept-language", ""))


def theme_of(request: Request) -> str:
    """`light` or `dark` when chosen (cookie), else empty: the browser's setting rules."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else ""


def _fresh_key() -> str:
    return str(new_id())


def _market(request: Request) -> MarketView:
    settings = request.app.state.settings
    offset = getattr(request.state, "clock_offset", None) or timedelta(0)
    # Shown only; whatever the market decides, it decides by the database's clock.
    now = datetime.fromtimestamp(time.time(), UTC) + offset
    return MarketView(
        name=settings.name,
        mode=str(settings.mode),
        offset=offset,
        now=now,
        upload_limit_mb=settings.upload_limit_mb,
    )


@pass_context
def path_for(context: Context, route: str, /, **params: Any) -> str:
    """Path of a named page: `path_for("lot_show", number=lot.number)`. No host, no query."""
    return str(context["request"].app.url_path_for(route, **params))


@pass_context
def with_query(context: Context, /, **changes: Any) -> str:
    """This page's address with parts of its query changed; None or "" takes a part away.

    A change of anything but `after` goes back to the first page.
    """
    pairs = [
        (name, value)
        for name, value in context["request"].query_params.multi_items()
        if name not in changes and name != "after" and value
    ]
    for name, value in changes.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(name, str(item)) for item in values if item not in (None, "")]
    return f"?{urlencode(pairs)}" if pairs else context["request"].url.path


def attributes(given: Mapping[str, object]) -> dict[str, object]:
    """Attributes for Jinja's `xmlattr`, without those that are None or False."""
    return {
        name: ("" if value is True else value)
        for name, value in given.items()
        if value is not None and value is not False
    }


@cache
def environment(locale: str) -> Environment:
    """The templates in one language."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translations(locale)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    env.filters.update(show.filters(locale), tr=partial(translate, locale), present=attributes)
    env.globals.update(
        asset=asset,
        path_for=path_for,
        with_query=with_query,
        bid_curve=charts.bid_curve,
        sparkline=charts.sparkline,
        facet_label=show.facet_label,
        kind_label=show.kind_label,
        public_href=show.public_href,
        state_label=show.state_label,
        state_tone=show.state_tone,
        navigation=navigation,
    )
    return env
