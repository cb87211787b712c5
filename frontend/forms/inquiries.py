"""Form of an inquiry."""

from __future__ import annotations

from app.inquiries.types import MAX_BODY, MAX_TITLE, Wish
from frontend.forms import Form
from frontend.forms.fields import choice, text


class InquiryForm(Form):
    """A question: its subject, its text, how the asker would like to go on."""

    def parse(self) -> tuple[str, str, Wish]:
        """Raises Invalid with every refusal."""
        title = self.need("title", text(maximum=MAX_TITLE))
        body = self.need("body", text(maximum=MAX_BODY, lines=True))
        wish = self.need("wish", choice(list(Wish)))
        self.check()
        return title, body, Wish(wish)
