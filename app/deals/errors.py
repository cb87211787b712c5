"""Refusals of this room."""

from app.core.errors import NotFound


class DealMissing(NotFound):
    """No such deal, or not yours to know."""

    code, title = "deal-missing", "未找到该交易"
