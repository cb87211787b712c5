"""What the store refuses."""

from app.core.bodies import TooLarge
from app.core.errors import DomainError, NotFound


class FileMissing(NotFound):
    code, title = "file-missing", "未找到该文件"


class FileTooLarge(TooLarge):
    code, title = "file-too-large", "文件过大"


class UnsupportedType(DomainError):
    """The content is of no allowed type, is dangerous, or is not what the name says."""

    code, status, title = "unsupported-type", 415, "不接受这种文件"


class ContentGone(DomainError):
    """A staged content was swept, or a stored one cannot be read."""

    code, status, title = "content-gone", 503, "文件暂时无法读取，请稍后重试或重新上传"
