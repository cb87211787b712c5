"""What the confidential layer refuses."""

from app.core.errors import Conflict, NotFound


class LayerMissing(NotFound):
    """There is none, or it is not for this reader: the two are not told apart."""

    code, title = "confidential-missing", "未找到您要的内容"


class LayerNotReady(Conflict):
    code, title = "confidential-not-ready", "请先确定保密承诺书，再邀请其他单位"


class AlreadyRequested(Conflict):
    code, title = "confidential-already-requested", "贵单位的查阅请求正在等待答复"


class AlreadyInvited(Conflict):
    code, title = "confidential-already-invited", "贵单位已受邀查阅"


class NotInvited(Conflict):
    code, title = "confidential-not-invited", "邀请已结束，请联系权利单位"


class NotRequested(Conflict):
    code, title = "confidential-not-requested", "该请求已经答复"
