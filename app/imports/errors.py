"""What imports refuse."""

from __future__ import annotations

from app.core.errors import Conflict, NotFound


class ChunkOutOfOrder(Conflict):
    """A chunk came before the one ahead of it was committed."""

    code, title = "chunk-out-of-order", "导入的数据块顺序不对"


class UploadMissing(NotFound):
    code, title = "upload-missing", "未找到该导入"


class UploadUnderWay(Conflict):
    """The same file is being worked on for the same organisation; the facts name that upload."""

    code, title = "upload-under-way", "同一文件正在处理中，请等待其完成或先取消"


class UploadNotReady(Conflict):
    """It is not the turn of this step."""

    code, title = "upload-not-ready", "该导入已进入下一步，请刷新页面查看当前状态"


class NothingToImport(Conflict):
    """Every row was refused."""

    code, title = "nothing-to-import", "没有可以导入的行，请按拒收清单修改文件后重新上传"


class UploadStopped(Conflict):
    """Somebody asked to stop; seen between two chunks."""

    code, title = "upload-stopped", "导入已停止"
