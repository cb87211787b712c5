"""What a page offers: its links and its forms, read from the HTML as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


@dataclass
class FormFound:
    """One form: where it goes, how, and its named fields with the values they came with."""

    action: str
    method: str
    multipart: bool
    fields: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


@dataclass
class PageRead(HTMLParser):
    """Links (paths of this site) and forms of one page."""

    path: str
    links: list[str] = field(default_factory=list)
    forms: list[FormFound] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, path: str, html: str) -> PageRead:
        """Read a page that was served at ``path``."""
        page = cls(path)
        page.feed(html)
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self._follow(given["href"])
        elif tag == "form":
            self.forms.append(
                FormFound(
                    urljoin(self.path, given.get("action") or self.path),
                    given.get("method", "get").lower(),
                    given.get("enctype") == "multipart/form-data",
                )
            )
        elif tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self._name_field(given)
        elif tag == "option" and self.forms and self.forms[-1].fields:
            last = list(self.forms[-1].fields)[-1]
            self.forms[-1].fields[last] = self.forms[-1].fields[last] or given.get("value", "")

    def _follow(self, href: str) -> None:
        target = urlsplit(urljoin(self.path, href))
        if not target.netloc and target.path.startswith("/"):
            self.links.append(f"{target.path}?{target.query}" if target.query else target.path)

    def _name_field(self, given: dict[str, str]) -> None:
        if not self.forms:
            return
        if given.get("type") == "file":
            self.forms[-1].files.add(given["name"])
        else:
            self.forms[-1].fields.setdefault(given["name"], given.get("value", ""))
