"""What saved searches refuse."""

from app.core.errors import Conflict, NotFound


class SavedSearchMissing(NotFound):
    code, title = "saved-search-missing", "未找到该保存的检索"


class TooManySearches(Conflict):
    code, title = "too-many-searches", "保存的检索已达上限"
