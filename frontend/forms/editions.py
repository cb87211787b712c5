"""Forms of catalogue editions and of the conversion list."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.catalogue.types import (
    AchievementKind,
    ConversionPlanContent,
    EditionContent,
    EditionSort,
    PlanRoute,
    Selection,
    Visibility,
)
from app.core.official import NationalField, Region
from frontend.forms.fields import choice, day, integer, listed_id, text
from frontend.forms.records import VersionForm

TITLE_LENGTH: Final = 200
PERIOD_LENGTH: Final = 60
FOREWORD_LENGTH: Final = 4000
STEP_LENGTH: Final = 500
_PAGES: Final = 1000


class EditionForm(VersionForm):
    """What a compiler writes: words, and which achievements the edition takes."""

    def parse(self) -> EditionContent:
        """The content; ``owner`` is an organisation's id and was looked up by the page."""
        title = self.need("title", text(maximum=TITLE_LENGTH))
        content = EditionContent(
            title=title,
            period=self.maybe("period", text(maximum=PERIOD_LENGTH)) or "",
            foreword=self.maybe("foreword", text(maximum=FOREWORD_LENGTH, lines=True)) or "",
            visibility=self.pick("visibility", Visibility) or Visibility.public,
            selection=Selection(
                fields=frozenset(
                    NationalField(one) for one in self.each("fields", choice(list(NationalField)))
                ),
                regions=frozenset(
                    Region(one) for one in self.each("regions", choice(list(Region)))
                ),
                kinds=frozenset(self.each("kinds", choice(list(AchievementKind)))),
                trl_from=self.maybe("trl_from", integer(minimum=1, maximum=9)),
                owner_id=self.maybe("owner_id", listed_id()),
                since_last=self.checked("since_last"),
                with_imported=self.checked("with_imported"),
                sort=self.pick("sort", EditionSort) or EditionSort.newest,
            ),
        )
        self.check()
        return content

    @classmethod
    def filled(cls, content: EditionContent, version: int) -> EditionForm:
        """The form with what stands in a draft."""
        chosen = content.selection
        return cls.blank(
            version=version,
            title=content.title,
            period=content.period,
            foreword=content.foreword,
            visibility=content.visibility,
            fields=sorted(chosen.fields),
            regions=sorted(chosen.regions),
            kinds=sorted(chosen.kinds),
            trl_from=chosen.trl_from,
            owner_id=chosen.owner_id,
            since_last="1" if chosen.since_last else None,
            with_imported="1" if chosen.with_imported else None,
            sort=chosen.sort,
        )


class ChoiceForm(VersionForm):
    """Of the achievements shown, those that stay in."""

    def parse(self) -> tuple[list[UUID], list[UUID]]:
        """(shown, included)."""
        shown = self.each("shown", listed_id())
        included = self.each("include", listed_id())
        self.check()
        return shown[:_PAGES], included[:_PAGES]


class PlanForm(VersionForm):
    """What a unit means to do with one achievement."""

    def version(self) -> int:
        """The version that was shown; 0 while there was no plan."""
        return self.maybe("version", integer()) or 0

    def parse(self) -> ConversionPlanContent:
        """The plan."""
        content = ConversionPlanContent(
            route=self.pick("route", PlanRoute),
            responsible_id=self.maybe("responsible_id", listed_id()),
            next_step=self.maybe("next_step", text(maximum=STEP_LENGTH, lines=True)) or "",
            target_on=self.maybe("target_on", day()),
            negotiating=self.checked("negotiating"),
        )
        self.check()
        return content


class FreezeForm(VersionForm):
    """The words over a frozen conversion list."""

    def parse(self) -> EditionContent:
        """Title, period, and who reads it."""
        title = self.need("title", text(maximum=TITLE_LENGTH))
        period = self.maybe("period", text(maximum=PERIOD_LENGTH)) or ""
        visibility = self.need("visibility", choice(list(Visibility)))
        self.check()
        return EditionContent(title, period, visibility=Visibility(visibility))
