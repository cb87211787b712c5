"""Refusals are data: a code, a status, a Chinese sentence for people, and facts.

The tree: DomainError -> NotFound 404, Unauthenticated 401, InvalidToken 401, Forbidden 403
(ScopeMissing), Conflict 409 (KeyReused), StaleVersion 412, Invalid 422, TooMany 429, Unavailable
503, StorageFull 507. Rooms subclass the one whose status they mean. Sentences are Chinese source
text, translated where they are rendered.
No secret may stand in a fact.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from app.core.i18n import Message, _n


class DomainError(Exception):
    """Base of every refusal the market makes; rendered once, at the edge."""

    code: ClassVar[str] = "domain-error"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "操作无法完成"

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.facts = facts


class NotFound(DomainError):
    """Missing, or not yours to know."""

    code, status, title = "not-found", 404, "未找到您要的内容"


class Unauthenticated(DomainError):
    """Nobody has said who they are."""

    code, status, title = "unauthenticated", 401, "请先登录"


class Forbidden(DomainError):
    """Known to you, but not yours to do."""

    code, status, title = "forbidden", 403, "您没有权限进行此操作"


class ScopeMissing(Forbidden):
    """The token's person may, the token may not; ``scope`` stands in the facts."""

    code, title = "scope-missing", "访问令牌缺少所需的权限范围"

    @classmethod
    def of(cls, scope: str) -> Self:
        """Name the scope that is missing."""
        sentence = Message(
            "访问令牌缺少权限范围 %(scope)s，请在“访问令牌”页面另建一个", scope=scope
        )
        return cls(sentence, scope=scope)


class InvalidToken(DomainError):
    """The bearer token is no token of ours, or has ended; one sentence for all of it."""

    code, status, title = "invalid-token", 401, "访问令牌无效、已过期或已撤销"


class MethodNotAllowed(DomainError):
    """Nothing of this kind can be done at this address."""

    code, status, title = "method-not-allowed", 405, "此地址不支持这种请求方法"


class Conflict(DomainError):
    """The state of the thing says no."""

    code, status, title = "conflict", 409, "当前状态不允许此操作"


class KeyReused(Conflict):
    """The same idempotency key came with other content."""

    code, title = "key-reused", "同一请求编号已用于另一内容"


class StaleVersion(DomainError):
    """You edited an old version."""

    code, status, title = "stale-version", 412, "内容已被他人更新，请核对后重新提交"


class TooMany(DomainError):
    """Slow down; ``retry_after_s`` stands in the facts."""

    code, status, title = "too-many", 429, "操作过于频繁，请稍后再试"


class Unavailable(DomainError):
    """Not now; the same request may pass later."""

    code, status, title = "unavailable", 503, "服务暂时繁忙，请稍后重试"


DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when a disk has no room; rendered as StorageFull."""


class StorageFull(DomainError):
    """The disk has no room; nothing was kept."""

    code, status, title = "storage-full", 507, "服务器存储空间不足，文件没有保存，请联系平台后重试"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; ``field`` is the form's name, "" for the whole form."""

    field: str
    message: str


class Invalid(DomainError):
    """Malformed input; says every fault at once."""

    code, status, title = "invalid", 422, "填写的内容有误"

    def __init__(self, errors: Sequence[FieldError] = (), detail: str = "", **facts: Any) -> None:
        super().__init__(detail or "；".join(e.message for e in errors), **facts)
        self.errors = tuple(errors)

    def as_facts(self) -> list[dict[str, str]]:
        """The faults as plain mappings, for problem+json."""
        return [{"field": error.field, "message": error.message} for error in self.errors]


_TOO_LONG: Final = _n("最多填写 %(maximum)s 个字，现在是 %(length)s 个字。")


class Faults(list[FieldError]):
    """Gathers what is wrong, so that a person mends it in one go."""

    def add(self, field: str, message: str) -> None:
        """Note one fault."""
        self.append(FieldError(field, message))

    def limit(self, field: str, text: str, maximum: int) -> str:
        """Note a text that is too long."""
        if len(text) > maximum:
            self.add(field, Message(_TOO_LONG, maximum=maximum, length=len(text)))
        return text

    def check(self) -> None:
        """Raise Invalid when there is any."""
        if self:
            raise Invalid(self)
