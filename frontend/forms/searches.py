"""Forms of saved searches."""

from __future__ import annotations

from starlette.datastructures import QueryParams

from app.searches.types import MAX_NAME
from frontend.finding import ask
from frontend.forms import Form
from frontend.forms.fields import text
from search.types import SearchRequest


class SavedSearchForm(Form):
    """A name, and whether to be told; a new one brings its question, as an address has it."""

    def question(self) -> SearchRequest:
        """What is to be kept; whatever makes no sense in it is left out, as in any address."""
        return ask(QueryParams(self.value("question")))

    def parse(self, name: str = "") -> tuple[str, bool]:
        """(name, told); ``name`` stands for one that was left empty. Raises Invalid."""
        if not self.value("name").strip() and name:
            return name, self.checked("news")
        typed = self.need("name", text(maximum=MAX_NAME))
        self.check()
        return typed, self.checked("news")
