"""What each room has of a person: his copy of his data, what keeps him, what to forget.

The account page asks them all, and so does the command that deletes an account again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import app.auctions.personal
import app.audit.personal
import app.catalogue.personal
import app.clearances.personal
import app.deals.personal
import app.demands.personal
import app.disclosures.personal
import app.files.personal
import app.imports.personal
import app.inbox.personal
import app.inquiries.personal
import app.payments.personal
import app.searches.personal
from app.accounts.service import PersonalRoom

PERSONAL: Final[Sequence[PersonalRoom]] = (
    PersonalRoom.of("catalogue", app.catalogue.personal),
    PersonalRoom.of("clearances", app.clearances.personal),
    PersonalRoom.of("demands", app.demands.personal),
    PersonalRoom.of("auctions", app.auctions.personal),
    PersonalRoom.of("deals", app.deals.personal),
    PersonalRoom.of("disclosures", app.disclosures.personal),
    PersonalRoom.of("inquiries", app.inquiries.personal),
    PersonalRoom.of("payments", app.payments.personal),
    PersonalRoom.of("imports", app.imports.personal),
    PersonalRoom.of("searches", app.searches.personal),
    PersonalRoom.of("files", app.files.personal),
    PersonalRoom.of("inbox", app.inbox.personal),
    PersonalRoom.of("audit", app.audit.personal),
)
