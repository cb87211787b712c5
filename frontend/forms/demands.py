"""Form of a demand, and the words shown for its choices."""

from __future__ import annotations

from typing import Final

from app.core.money import Money
from app.core.official import NationalField, Region
from app.demands.types import Confidentiality, Cooperation, DemandContent, DemandView, Need
from frontend.forms.fields import as_yuan, choice, day, money_yuan, text
from frontend.forms.records import VersionForm

TITLE_LENGTH: Final = 120
TEXT_LENGTH: Final = 5000
REASON_LENGTH: Final = 500


class DemandForm(VersionForm):
    """What an author writes; only the title is needed to save a draft."""

    def parse(self) -> DemandContent:
        """The content; raises Invalid with every refusal."""
        long = text(maximum=TEXT_LENGTH, lines=True)
        title = self.need("title", text(maximum=TITLE_LENGTH))
        need = self.need("need", choice(list(Need)))
        field = self.maybe("field", choice(list(NationalField)))
        background = self.maybe("background", long)
        problem = self.maybe("problem", long)
        targets = self.maybe("targets", long)
        budget = self.maybe("budget", money_yuan())
        deadline_on = self.maybe("deadline_on", day())
        cooperation = self.each("cooperation", choice(list(Cooperation)))
        region = self.maybe("region", choice(list(Region)))
        confidentiality = self.need("confidentiality", choice(list(Confidentiality)))
        expires_on = self.maybe("expires_on", day())
        self.check()
        return DemandContent(
            title=title,
            need=Need(need),
            field=NationalField(field) if field else None,
            background=background or "",
            problem=problem or "",
            targets=targets or "",
            budget_minor=budget.minor if budget is not None else None,
            deadline_on=deadline_on,
            cooperation=tuple(dict.fromkeys(map(Cooperation, cooperation))),
            region=Region(region) if region else None,
            confidentiality=Confidentiality(confidentiality),
            expires_on=expires_on,
        )

    @classmethod
    def filled(cls, view: DemandView) -> DemandForm:
        """The form with what stands in a demand."""
        content = view.content
        budget = None if content.budget_minor is None else Money(content.budget_minor)
        return cls.blank(
            version=view.version,
            title=content.title,
            need=content.need.value,
            field=content.field.value if content.field else None,
            background=content.background,
            problem=content.problem,
            targets=content.targets,
            budget=as_yuan(budget),
            deadline_on=content.deadline_on,
            cooperation=[mode.value for mode in content.cooperation],
            region=content.region.value if content.region else None,
            confidentiality=content.confidentiality.value,
            expires_on=content.expires_on,
        )


class ReturnForm(VersionForm):
    """Why a demand goes back to its author."""

    def parse(self) -> str:
        reason = self.need("reason", text(minimum=2, maximum=REASON_LENGTH, lines=True))
        self.check()
        return reason
