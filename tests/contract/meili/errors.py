"""Errors as the server words them: message, code, type, link."""

from typing import Any

_AUTH = {"missing_authorization_header": 401, "invalid_api_key": 403}
_STATUS = {
    "index_not_found": 404,
    "document_not_found": 404,
    "task_not_found": 404,
    "not_found": 404,
    "invalid_content_type": 415,
    **_AUTH,
}


class Wrong(Exception):
    """A request or a task that the server refuses."""

    def __init__(self, code: str, message: str, *, kind: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.status = _STATUS.get(code, 400)
        self.kind = kind or ("auth" if code in _AUTH else "invalid_request")

    def body(self) -> dict[str, Any]:
        """The error object."""
        link = f"https://docs.meilisearch.com/errors#{self.code}"
        return {"message": str(self), "code": self.code, "type": self.kind, "link": link}


def known_fields(body: Any, known: set[str], where: str = "") -> dict[str, Any]:
    """An object with no other fields than these."""
    if not isinstance(body, dict):
        raise Wrong("bad_request", f"Invalid value type{where}: expected an object")
    for name in body:
        if name not in known:
            expected = ", ".join(f"`{k}`" for k in sorted(known))
            raise Wrong("bad_request", f"Unknown field `{name}`{where}: expected one of {expected}")
    return body


def typed(body: dict[str, Any], name: str, kinds: type | tuple[type, ...], code: str) -> Any:
    """A field of this type or null; a boolean is no number."""
    value = body.get(name)
    wrong = not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool)
    if value is not None and wrong:
        raise Wrong(code, f"Invalid value type at `.{name}`")
    return value


def texts(body: dict[str, Any], name: str, code: str) -> list[str] | None:
    """A list of texts or null."""
    value = typed(body, name, list, code)
    if value is not None and not all(isinstance(part, str) for part in value):
        raise Wrong(code, f"Invalid value type at `.{name}[0]`: expected a string")
    found: list[str] | None = value
    return found


def natural(body: dict[str, Any], name: str, default: int, code: str) -> int:
    """A whole number from zero."""
    value = typed(body, name, int, code)
    if value is not None and value < 0:
        raise Wrong(code, f"Invalid value type at `.{name}`: expected a positive integer")
    return default if value is None else int(value)
