"""Who may look into the market's running: its administrators."""

from __future__ import annotations

from typing import Final

from app.accounts.types import Role
from app.core.access import Permission

_KEEPERS: Final = frozenset({Role.administrator})

SEE_CHECKS: Final = Permission("operations.see_checks", platform=_KEEPERS, by_token=False)
SEND_TEST_MAIL: Final = Permission("operations.send_test_mail", platform=_KEEPERS, by_token=False)
