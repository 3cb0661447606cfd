# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parses expressions ("Operator Precedence" of the VBScript language reference, tightest last)."""

from __future__ import annotations

from typing import NoReturn

from .errors import CompilationError
from .lexer import END, NAME, NUMBER, SIGN, STRING, Token, tokens
from .nodes import Binary, Call, Expression, Grouped, Literal, Member, Name, Unary
from .values import EMPTY, NULL, Value

_LEVELS: tuple[tuple[str, ...], ...] = (
    ("imp",),
    ("eqv",),
    ("xor",),
    ("or",),
    ("and",),
    ("not",),
    ("=", "<>", "<", ">", "<=", ">=", "is"),
    ("&",),
    ("+", "-"),
    ("mod",),
    ("\\",),
    ("*", "/"),
)
_NOT_LEVEL = 5
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": NULL, "empty": EMPTY, "nothing": None}
_RESERVED_WORDS = (
    "and as boolean byref byte byval call case class const currency debug dim do double each else elseif empty end "
    "endif enum eqv event exit false for function get goto if imp implements in integer is let like long loop lset me "
    "mod new next not nothing null on option optional or paramarray preserve private public raiseevent redim rem "
    "resume rset select set shared single static stop sub then to true type typeof until variant wend while with "
    "xor"
)
RESERVED = frozenset(_RESERVED_WORDS.split())
"""Words that cannot name a variable."""


class ExpressionParser:
    """Recursive descent over the tokens of a script."""

    def __init__(self, text: str) -> None:
        """Split the script."""
        self._tokens = tokens(text)
        self._at = 0
        self._withs = 0

    # tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._token
        if self._at < len(self._tokens) - 1:
            self._at += 1
        return token

    def _fail(self, text: str) -> NoReturn:
        raise CompilationError(text, self._token.position)

    def _is_word(self, *words: str) -> bool:
        token = self._token
        return token.kind == NAME and token.text in words and not token.source.startswith("[")

    def _is_sign(self, *signs: str) -> bool:
        return self._token.kind == SIGN and self._token.text in signs

    def _take_word(self, *words: str) -> bool:
        if self._is_word(*words):
            self._next()
            return True
        return False

    def _take_sign(self, sign: str) -> bool:
        if self._is_sign(sign):
            self._next()
            return True
        return False

    def _expect_word(self, word: str) -> None:
        if not self._take_word(word):
            self._fail(f"Expected '{word.capitalize()}'")

    def _expect_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            self._fail(f"Expected '{sign}'")

    def _identifier(self) -> Token:
        token = self._token
        if token.kind != NAME or (token.text in RESERVED and not token.source.startswith("[")):
            self._fail("Expected identifier")
        return self._next()

    # expressions

    def expression(self) -> Expression:
        """Parse one expression."""
        return self._level(0)

    def _level(self, depth: int) -> Expression:
        if depth == len(_LEVELS):
            return self._signed()
        if depth == _NOT_LEVEL:
            if self._take_word("not"):
                return Unary("not", self._level(depth))
            return self._level(depth + 1)
        left = self._level(depth + 1)
        while self._is_operator(_LEVELS[depth]):
            sign = self._next().text
            right = self._level(depth + 1) if not self._is_word("not") else self._level(_NOT_LEVEL)
            left = Binary(sign, left, right)
        return left

    def _is_operator(self, signs: tuple[str, ...]) -> bool:
        return self._is_sign(*signs) or self._is_word(*signs)

    def _signed(self) -> Expression:
        if self._is_sign("-", "+"):
            sign = self._next().text
            operand = self._signed()
            if sign == "-" and isinstance(operand, Literal) and isinstance(operand.value, (int, float)):
                return Literal(-operand.value)
            return Unary(sign, operand)
        return self._power()

    def _power(self) -> Expression:
        left = self.postfix()
        while self._take_sign("^"):
            right = self._signed() if self._is_sign("-", "+") else self.postfix()
            left = Binary("^", left, right)
        return left

    def postfix(self) -> Expression:
        """Parse a name, literal or group with the members and arguments behind it."""
        found = self._atom()
        while True:
            if self._is_sign(".") and not (self._withs and self._token.follows_blank):
                # Within With a dot behind a blank begins another argument: `.Echo .Name`.
                self._next()
                found = self._member(found)
            elif self._is_sign("(") and not isinstance(found, Literal):
                found = Call(found, self._parenthesised())
            else:
                return found

    def _member(self, target: Expression | None) -> Member:
        token = self._token
        if token.kind != NAME:
            self._fail("Expected identifier")
        self._next()
        return Member(target, token.text, token.source)

    def _atom(self) -> Expression:
        token = self._token
        if token.kind == NUMBER:
            return Literal(self._next().value)
        if token.kind == STRING:
            return Literal(self._next().text)
        if self._take_sign("("):
            inner = self.expression()
            self._expect_sign(")")
            return Grouped(inner)
        if self._take_sign("."):
            return self._member(None)
        if token.kind == NAME:
            if token.text in _CONSTANTS:
                self._next()
                return Literal(_CONSTANTS[token.text])
            if token.text == "new":
                self._fail("the simulated cscript has no classes")
            if token.text not in RESERVED or token.source.startswith("["):
                self._next()
                return Name(token.text, token.source)
        self._fail("Expected expression" if token.kind == END or token.kind == SIGN else "Syntax error")

    def _parenthesised(self) -> tuple[Expression | None, ...]:
        self._expect_sign("(")
        if self._take_sign(")"):
            return ()
        found = self._arguments()
        self._expect_sign(")")
        return found

    def _arguments(self) -> tuple[Expression | None, ...]:
        """Parse arguments between commas; one may be left out."""
        found: list[Expression | None] = []
        while True:
            left_out = self._is_sign(",", ")") or self._token.kind == END
            found.append(None if left_out else self.expression())
            if not self._take_sign(","):
                return tuple(found)
