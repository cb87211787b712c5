"""Pure decisions: until when a contract is to be signed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.core.calendar import PeriodEnd, WorkingCalendar, compute_end_in_working_days
from app.core.clock import SHANGHAI

# P-惠 (excerpt, 待核实): the contract within five working days of the confirmation of the result
SIGN_WITHIN_WORKING_DAYS: Final = 5


def compute_sign_by(calendar: WorkingCalendar, priced_at: datetime) -> PeriodEnd:
    """End of the time to sign, counted from the day in Shanghai on which the price was found."""
    day = priced_at.astimezone(SHANGHAI).date()
    return compute_end_in_working_days(calendar, day, SIGN_WITHIN_WORKING_DAYS)
