"""What deposits refuse."""

from app.core.errors import Conflict, NotFound


class DepositMissing(NotFound):
    code, title = "deposit-missing", "未找到该笔保证金"


class DepositStateForbids(Conflict):
    code, title = "deposit-state", "保证金目前的状态不允许此操作"
