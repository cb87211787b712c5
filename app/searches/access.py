"""Who may do what with saved searches: everybody with his own, supervisors too. No program."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

SEE: Final = Permission("searches.see_own", signed_in=True, by_token=False)
KEEP: Final = Permission("searches.keep_own", signed_in=True, by_token=False)
