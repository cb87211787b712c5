"""What deposits refuse."""

from app.core.errors import Conflict, Forbidden, NotFound


class DepositMissing(NotFound):
    code, title = "deposit-missing", "未找到该笔保证金"


class DepositStateForbids(Conflict):
    code, title = "deposit-state", "保证金目前的状态不允许此操作"


class ForfeitureWaits(Conflict):
    code, title = "forfeiture-waits", "已有一项不予退还的处理在等待复核"


class ForfeitureDecided(Conflict):
    code, title = "forfeiture-decided", "该项不予退还的处理已复核或不存在"


class SameJudge(Forbidden):
    code, title = "deposit-four-eyes", "提出人不能复核自己的处理意见，请由另一位运营人员复核"
