# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WQL as WMI's data queries use it ([MS-WMI] 2.2.1): select, from, where; no schema, event or association queries."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, TypeAlias

from .interface import WmiObject, WmiValue

IsA = Callable[[str, str], bool]
"""Whether the first class is the second or derived from it."""

Condition = Callable[[WmiObject, IsA], bool]
Literal: TypeAlias = bool | int | float | str | None


class InvalidQueryError(Exception):
    """WBEM_E_INVALID_QUERY: the text is not a query that WMI understands, or names what the class does not have."""


@dataclass(frozen=True)
class Query:
    """A parsed query; ``selected`` is None for ``*``; ``mentioned`` are all properties the query names."""

    class_name: str
    selected: tuple[str, ...] | None
    mentioned: frozenset[str]
    matches: Condition


class Token(NamedTuple):
    """One word, literal or sign; ``text`` is lower case for words and signs, unescaped for strings."""

    kind: str
    text: str
    source: str


_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_]\w*)
          |(?P<number>[-+]?\d+(?:\.\d+)?)
          |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
          |(?P<sign><>|!=|<=|>=|[=<>(),*]))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_RELATIONS: dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,  # type: ignore[dict-item]  # _compare hands over two values of one type
    ">": operator.gt,  # type: ignore[dict-item]
    "<=": operator.le,  # type: ignore[dict-item]
    ">=": operator.ge,  # type: ignore[dict-item]
}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_RESERVED = frozenset(("select", "from", "where", "and", "or", "not", "like", "is", "isa", "null", "true", "false"))
_DMTF_TIME = re.compile(r"(\d{14})\.(\d{6})([+-]\d{3})")


def _unescape(source: str) -> str:
    """Undo the escapes of a quoted string; only backslash and quotes can be escaped.

    That any other escape makes the query invalid is how WMI treats a path whose backslashes are not doubled.
    """

    def plain(match: re.Match[str]) -> str:
        if match[1] not in "\\\"'":
            raise InvalidQueryError(source)
        return match[1]

    return _ESCAPE.sub(plain, source[1:-1])


def _tokens(text: str) -> list[Token]:
    """Split a query."""
    tokens = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidQueryError(text)
        kind = str(match.lastgroup)
        source = match[kind]
        tokens.append(Token(kind, _unescape(source) if kind == "string" else source.lower(), source))
        position = match.end()
    return tokens


def property_of(instance: WmiObject, name: str) -> WmiValue:
    """Return a property's value, letter case aside; ``__CLASS`` too."""
    if name == "__class":
        return instance.class_name
    for key, value in instance.properties.items():
        if key.lower() == name:
            return value
    return None


def _utc_time(text: str) -> datetime | None:
    """Read a DMTF time such as ``20130415162838.376625+060``; the offset is in minutes."""
    match = _DMTF_TIME.fullmatch(text)
    if match is None:
        return None
    local = datetime.strptime(match[1] + match[2], "%Y%m%d%H%M%S%f").replace(tzinfo=timezone.utc)
    return local - timedelta(minutes=int(match[3]))


def _as_type_of(value: WmiValue, literal: Literal) -> tuple[object, object]:
    """Bring property and literal to one type, or refuse the query (WMI does the same with the declared type)."""
    if isinstance(value, bool):
        words = {"true": True, "false": False, "1": True, "0": False}
        wanted: object = words.get(str(literal).lower())
    elif isinstance(value, int):
        try:
            wanted = float(literal) if isinstance(literal, float) else int(str(literal))
        except ValueError:
            wanted = None
    elif isinstance(value, str):
        value, wanted = value.lower(), str(literal).lower()
    elif isinstance(value, datetime):
        value = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        wanted = _utc_time(str(literal))
    else:
        wanted = None
    if wanted is None:
        raise InvalidQueryError(f"{literal!r} cannot be compared with this property")
    return value, wanted


def _compare(name: str, relation: str, literal: Literal) -> Condition:
    if literal is None and relation not in ("=", "<>", "!="):
        raise InvalidQueryError(f"{relation} NULL")

    def compare(instance: WmiObject, _unused: IsA) -> bool:
        value = property_of(instance, name)
        if literal is None:
            return (value is None) is (relation == "=")
        if value is None:
            return False
        return _RELATIONS[relation](*_as_type_of(value, literal))

    return compare


def _like_pattern(pattern: str) -> re.Pattern[str]:
    """Translate ``%``, ``_``, ``[a-f]``, ``[=...]`` and ``[^...]``."""
    parts = []
    for piece in re.findall(r"\[[^\]]+\]|.", pattern, re.DOTALL):
        if piece == "%":
            parts.append(".*")
        elif piece == "_":
            parts.append(".")
        elif len(piece) > 1:
            negated = "^" if piece[1] == "^" else ""
            parts.append(f"[{negated}{re.escape(piece[1:-1].lstrip('^=')).replace(chr(92) + '-', '-')}]")
        else:
            parts.append(re.escape(piece))
    try:
        return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise InvalidQueryError(pattern) from error


def _like(name: str, pattern: str) -> Condition:
    compiled = _like_pattern(pattern)

    def like(instance: WmiObject, _unused: IsA) -> bool:
        value = property_of(instance, name)
        return isinstance(value, str) and compiled.fullmatch(value) is not None

    return like


def _isa(name: str, class_name: str) -> Condition:
    def isa(instance: WmiObject, is_a: IsA) -> bool:
        value = instance if name == "__this" else property_of(instance, name)
        if isinstance(value, WmiObject):
            return is_a(value.class_name, class_name)
        return name == "__class" and is_a(instance.class_name, class_name)

    return isa


def _negation(inner: Condition) -> Condition:
    return lambda instance, is_a: not inner(instance, is_a)


def _all_of(parts: list[Condition]) -> Condition:
    return lambda instance, is_a: all(part(instance, is_a) for part in parts)


def _any_of(parts: list[Condition]) -> Condition:
    return lambda instance, is_a: any(part(instance, is_a) for part in parts)


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._rest = _tokens(text)
        self._mentioned: set[str] = set()

    def query(self) -> Query:
        self._expect("select")
        selected = self._select_list()
        self._expect("from")
        class_name = self._name().source
        matches: Condition = lambda instance, is_a: True  # noqa: E731
        if self._taken("where"):
            matches = self._disjunction()
        if self._rest:
            raise InvalidQueryError(self._text)
        return Query(class_name, selected, frozenset(self._mentioned), matches)

    def _next(self) -> Token:
        if not self._rest:
            raise InvalidQueryError(self._text)
        return self._rest.pop(0)

    def _taken(self, *words: str) -> bool:
        """Take these words when they come next."""
        if [token.text for token in self._rest[: len(words)] if token.kind != "string"] != list(words):
            return False
        del self._rest[: len(words)]
        return True

    def _expect(self, word: str) -> None:
        if not self._taken(word):
            raise InvalidQueryError(self._text)

    def _name(self) -> Token:
        token = self._next()
        if token.kind != "word" or token.text in _RESERVED:
            raise InvalidQueryError(self._text)
        return token

    def _property(self) -> str:
        name = self._name().text
        if not name.startswith("__"):
            self._mentioned.add(name)
        return name

    def _select_list(self) -> tuple[str, ...] | None:
        if self._taken("*"):
            return None
        names = [self._property()]
        while self._taken(","):
            names.append(self._property())
        return tuple(names)

    def _disjunction(self) -> Condition:
        parts = [self._conjunction()]
        while self._taken("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def _conjunction(self) -> Condition:
        parts = [self._factor()]
        while self._taken("and"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else _all_of(parts)

    def _factor(self) -> Condition:
        if self._taken("not"):
            return _negation(self._factor())
        if self._taken("("):
            inner = self._disjunction()
            self._expect(")")
            return inner
        if self._rest and (self._rest[0].kind in ("string", "number") or self._rest[0].text in ("true", "false")):
            return self._literal_first()
        return self._predicate()

    def _literal_first(self) -> Condition:
        """``5 < Name``: the same as ``Name > 5``."""
        literal = self._literal()
        relation = self._relation()
        return _compare(self._property(), _MIRRORED.get(relation, relation), literal)

    def _predicate(self) -> Condition:
        name = self._property()
        if self._taken("is", "not", "null"):
            return _compare(name, "<>", None)
        if self._taken("is", "null"):
            return _compare(name, "=", None)
        if self._taken("not", "like"):
            return _negation(_like(name, self._string()))
        if self._taken("like"):
            return _like(name, self._string())
        if self._taken("isa"):
            return _isa(name, self._string())
        return _compare(name, self._relation(), self._literal())

    def _relation(self) -> str:
        token = self._next()
        if token.text not in _RELATIONS or token.kind != "sign":
            raise InvalidQueryError(self._text)
        return token.text

    def _string(self) -> str:
        token = self._next()
        if token.kind != "string":
            raise InvalidQueryError(self._text)
        return token.text

    def _literal(self) -> Literal:
        token = self._next()
        if token.kind == "string":
            return token.text
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        constants: dict[str, Literal] = {"true": True, "false": False, "null": None}
        if token.text not in constants:
            raise InvalidQueryError(self._text)
        return constants[token.text]


def parse(text: str) -> Query:
    """Parse a data query.

    Raises:
        InvalidQueryError: the text is anything else.
    """
    return _Parser(text).query()
