"""The filter language: parsed strictly, values unescaped, then asked of a document."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.meili.errors import Wrong

Test = Callable[[Mapping[str, Any]], bool]

_KEYWORDS = {"AND", "OR", "IN", "NOT", "TO", "EXISTS", "IS", "NULL", "EMPTY", "CONTAINS", "STARTS",
             "WITH", "_geoRadius", "_geoBoundingBox"}  # fmt: skip
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"',
            "/": "/"}  # fmt: skip
_DEEPEST = 200


def make_filter(given: Any, allowed: set[str], code: str) -> Test:
    """Text, or a list that must hold whole, whose inner lists hold in part."""
    if given is None:
        return lambda _: True
    if isinstance(given, str):
        return _Parser(given, allowed, code).parse() if given.strip() else lambda _: True
    if not isinstance(given, list):
        raise Wrong(code, f"Invalid syntax for the filter parameter: found: {given!r}")
    parts: list[Test] = []
    for part in given:
        if isinstance(part, list):
            some = [make_filter(inner, allowed, code) for inner in part]
            parts.append(lambda d, some=some: any(t(d) for t in some))  # type: ignore[misc]
        else:
            parts.append(make_filter(part, allowed, code))
    return lambda document: all(test(document) for test in parts)


def folded(value: object) -> str:
    """How facet values are compared: without case and width."""
    return unicodedata.normalize("NFKD", str(value).strip()).lower()


def values_of(document: Mapping[str, Any], attribute: str) -> list[Any]:
    """The values of an attribute, as a list."""
    value = document.get(attribute)
    return value if isinstance(value, list) else [] if value is None else [value]


class _Parser:
    def __init__(self, text: str, allowed: set[str], code: str) -> None:
        self.text, self.allowed, self.code = text, allowed, code
        self.at = 0
        self.depth = 0

    def parse(self) -> Test:
        found = self.either()
        self.blanks()
        if self.at < len(self.text):
            rest = self.text[self.at :]
            raise self.wrong(f"Found unexpected characters at the end of the filter: `{rest}`.")
        return found

    def wrong(self, message: str) -> Wrong:
        return Wrong(self.code, f"{message}\n{self.at}:{len(self.text)} {self.text}")

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def word(self) -> str:
        end = self.at
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] in "_-."):
            end += 1
        return self.text[self.at : end]

    def keyword(self, *words: str) -> bool:
        before = self.at
        for expected in words:
            self.blanks()
            if self.word() != expected:
                self.at = before
                return False
            self.at += len(expected)
        return True

    def either(self) -> Test:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.wrong("The filter exceeded the maximum depth limit.")
        parts = [self.both()]
        while self.keyword("OR"):
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else lambda d: any(part(d) for part in parts)

    def both(self) -> Test:
        parts = [self.negated()]
        while self.keyword("AND"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else lambda d: all(part(d) for part in parts)

    def negated(self) -> Test:
        if self.keyword("NOT"):
            inner = self.negated()
            return lambda d: not inner(d)
        self.blanks()
        if self.text[self.at : self.at + 1] == "(":
            self.at += 1
            found = self.either()
            self.expect(")")
            return found
        return self.condition()

    def expect(self, sign: str) -> None:
        self.blanks()
        if self.text[self.at : self.at + len(sign)] != sign:
            raise self.wrong(f"Expected `{sign}`")
        self.at += len(sign)

    def value(self) -> str:
        self.blanks()
        sign = self.text[self.at : self.at + 1]
        if sign and sign in "'\"":
            return self.quoted(sign)
        word = self.word()
        if not word or word in _KEYWORDS:
            raise self.wrong(f"Was expecting a value but instead got `{word or sign}`.")
        self.at += len(word)
        return _unescaped(word, self)

    def quoted(self, sign: str) -> str:
        start = self.at = self.at + 1
        while self.at < len(self.text) and self.text[self.at] != sign:
            self.at += 2 if self.text[self.at] == "\\" else 1
        if self.at >= len(self.text):
            raise self.wrong(f"Expression is missing the following closing delimiter: `{sign}`.")
        raw = self.text[start : self.at]
        self.at += 1
        return _unescaped(raw.replace(f"\\{sign}", sign), self)

    def condition(self) -> Test:
        name = self.value()
        if name not in self.allowed:
            known = " ".join(f"`{a}`" for a in sorted(self.allowed))
            raise self.wrong(
                f"Attribute `{name}` is not filterable. Available filterable attribute"
                f" patterns are: {known}."
            )
        for words, negated in (((), False), (("NOT",), True)):
            if self.keyword(*words, "EXISTS"):
                return lambda d, no=negated: (name in d) != no  # type: ignore[misc]
            if self.keyword(*words, "IN"):
                wanted = {folded(value) for value in self.list_of_values()}
                return lambda d, no=negated: (  # type: ignore[misc]
                    any(folded(v) in wanted for v in values_of(d, name)) != no
                )
        if self.keyword("STARTS", "WITH"):
            beginning = folded(self.value())
            return lambda d: any(folded(v).startswith(beginning) for v in values_of(d, name))
        if self.keyword("IS", "NOT", "NULL"):
            return lambda d: name in d and d[name] is not None
        if self.keyword("IS", "NULL"):
            return lambda d: name in d and d[name] is None
        return self.compared(name)

    def list_of_values(self) -> list[str]:
        self.expect("[")
        found: list[str] = []
        self.blanks()
        while self.text[self.at : self.at + 1] not in {"]", ""}:
            found.append(self.value())
            self.blanks()
            if self.text[self.at : self.at + 1] != "]":
                self.expect(",")
                self.blanks()
        self.expect("]")
        return found

    def compared(self, name: str) -> Test:
        self.blanks()
        for sign in ("!=", ">=", "<=", "=", ">", "<"):
            if self.text.startswith(sign, self.at):
                self.at += len(sign)
                break
        else:
            raise self.wrong("Was expecting an operation `=`, `!=`, `>=`, `>`, `<=`, `<`, `IN` …")
        value = self.value()
        if sign in {"=", "!="}:
            equal = sign == "="
            return lambda d: any(folded(v) == folded(value) for v in values_of(d, name)) == equal
        try:
            bound = float(value)
        except ValueError:
            raise self.wrong("invalid float literal") from None
        tests: dict[str, Callable[[float], bool]] = {
            ">": lambda v: v > bound,
            "<": lambda v: v < bound,
            ">=": lambda v: v >= bound,
            "<=": lambda v: v <= bound,
        }
        return lambda d: any(
            isinstance(v, int | float) and tests[sign](v) for v in values_of(d, name)
        )


def _unescaped(raw: str, parser: _Parser) -> str:
    found: list[str] = []
    at = 0
    while at < len(raw):
        if raw[at] != "\\":
            found.append(raw[at])
            at += 1
            continue
        sign = raw[at + 1 : at + 2]
        if sign not in _ESCAPES or not sign:
            raise parser.wrong("Malformed value")
        found.append(_ESCAPES[sign])
        at += 2
    return "".join(found)
