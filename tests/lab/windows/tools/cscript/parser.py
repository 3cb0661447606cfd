# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parses statements and procedures ("VBScript Statements")."""

from __future__ import annotations

from collections.abc import Callable

from .declarations import check_names
from .errors import CompilationError, Position
from .expressions import ExpressionParser
from .lexer import END, NAME, SIGN
from .nodes import (
    Assign,
    Block,
    Call,
    Const,
    Dim,
    Erase,
    Exit,
    Expression,
    For,
    ForEach,
    Grouped,
    If,
    Literal,
    Loop,
    Member,
    Name,
    OnError,
    Procedure,
    ReDim,
    Run,
    Script,
    Select,
    Statement,
    With,
)

_CLOSING = ("end", "loop", "wend", "next", "else", "elseif", "case")
_EXITS = ("for", "do", "sub", "function")


class Parser(ExpressionParser):
    """Turns a script's text into a ``Script``."""

    def __init__(self, text: str) -> None:
        """Keep what is parsed on the way."""
        super().__init__(text)
        self._procedures: dict[str, Procedure] = {}
        self._inside = ""
        self._statements: dict[str, Callable[[Position], Statement]] = {
            "call": self._call,
            "const": self._const,
            "dim": self._dim_names,
            "do": self._do,
            "erase": self._erase,
            "exit": self._exit,
            "for": self._for,
            "if": self._if,
            "on": self._on_error,
            "redim": self._redim,
            "select": self._select,
            "set": self._set,
            "while": self._while,
            "with": self._with,
        }

    def script(self) -> Script:
        """Parse the whole text.

        Raises:
            CompilationError: it is not VBScript.
        """
        self._skip_ends()
        explicit = self._take_word("option")
        if explicit:
            self._expect_word("explicit")
            self._end_statement()
        body = self._block()
        if self._token.kind != END or self._token.source:
            self._fail("Syntax error" if not self._is_word("loop") else "'loop' without 'do'")
        check_names(body)
        return Script(body, self._procedures, explicit)

    # blocks

    def _skip_ends(self) -> None:
        while self._token.kind == END and self._token.source:
            self._next()

    def _end_statement(self) -> None:
        if self._token.kind != END:
            self._fail("Expected end of statement")
        self._next()

    def _block(self) -> Block:
        """Parse statements up to a word that closes a block, which is left, or to the end of the script."""
        found: list[Statement] = []
        while True:
            self._skip_ends()
            if self._token.kind == END or self._is_word(*_CLOSING):
                return tuple(found)
            if self._procedure():
                continue
            found.append(self._statement())
            self._end_statement()

    def _statement(self) -> Statement:
        at = self._token.position
        if self._is_word("public", "private"):
            self._next()
            if not self._is_word("const"):
                return self._dim_names(at)
        for word, parse in self._statements.items():
            if self._take_word(word):
                return parse(at)
        if self._is_word("class"):
            self._fail("the simulated cscript has no classes")
        return self._assignment_or_call(at)

    def _procedure(self) -> bool:
        start = self._at
        self._take_word("public", "private")
        self._take_word("default")
        if not self._is_word("sub", "function"):
            self._at = start
            return False
        kind = self._next().text
        if self._inside:
            self._fail("Syntax error")
        name = self._identifier()
        if name.text in self._procedures:
            raise CompilationError("Name redefined", name.position)
        parameters = self._parameters()
        self._inside = kind
        body = self._block()
        self._inside = ""
        self._expect_word("end")
        self._expect_word(kind)
        self._end_statement()
        check_names(body, tuple(parameter for parameter, _unused in parameters))
        self._procedures[name.text] = Procedure(name.text, name.source, parameters, body, kind == "function")
        return True

    def _parameters(self) -> tuple[tuple[str, bool], ...]:
        found: list[tuple[str, bool]] = []
        if self._take_sign("(") and not self._take_sign(")"):
            while True:
                by_value = self._take_word("byval")
                self._take_word("byref")
                found.append((self._identifier().text, by_value))
                if self._take_sign("("):
                    self._expect_sign(")")
                if not self._take_sign(","):
                    break
            self._expect_sign(")")
        return tuple(found)

    # declarations

    def _dim_names(self, at: Position) -> Dim:
        found: list[tuple[str, tuple[int, ...] | None]] = []
        while True:
            name = self._identifier().text
            found.append((name, self._fixed_bounds() if self._is_sign("(") else None))
            if not self._take_sign(","):
                return Dim(at, tuple(found))

    def _fixed_bounds(self) -> tuple[int, ...]:
        start = self._token.position
        found: list[int] = []
        for bound in self._bounds():
            if not isinstance(bound, Literal) or isinstance(bound.value, bool) or not isinstance(bound.value, int):
                raise CompilationError("Expected integer constant", start)
            found.append(bound.value)
        return tuple(found)

    def _bounds(self) -> tuple[Expression, ...]:
        return tuple(bound if bound is not None else Literal(0) for bound in self._parenthesised())

    def _redim(self, at: Position) -> Statement:
        preserve = self._take_word("preserve")
        found = []
        while True:
            name = self._identifier().text
            if not self._is_sign("("):
                self._fail("Expected '('")
            found.append((name, self._bounds()))
            if not self._take_sign(","):
                return ReDim(at, preserve, tuple(found))

    def _erase(self, at: Position) -> Statement:
        return Erase(at, self._identifier().text)

    def _const(self, at: Position) -> Statement:
        found = []
        while True:
            name = self._identifier().text
            self._expect_sign("=")
            found.append((name, self.expression()))
            if not self._take_sign(","):
                return Const(at, tuple(found))

    # assignments and calls

    def _set(self, at: Position) -> Statement:
        target = self.postfix()
        self._expect_sign("=")
        return Assign(at, target, self.expression(), by_set=True)

    def _call(self, at: Position) -> Statement:
        return Run(at, self._as_call(self.postfix()))

    def _assignment_or_call(self, at: Position) -> Statement:
        if self._token.kind != NAME and not self._is_sign("."):
            self._fail("Expected statement")
        start = self._at
        target = self.postfix()
        if self._take_sign("="):
            if not isinstance(target, (Name, Member, Call)):
                self._fail("Expected statement")
            return Assign(at, target, self.expression(), by_set=False)
        if self._ends():
            return Run(at, self._one_argument(target))
        if isinstance(target, Call):
            # `Report (a), b`: what looked like the arguments was the beginning of the first one.
            target = self._without_arguments(start)
        return Run(at, Call(target, self._arguments()))

    def _ends(self) -> bool:
        return self._token.kind == END or self._is_word("else", "elseif", "end")

    def _one_argument(self, target: Expression) -> Expression:
        """A call statement without ``Call``: ``Report (a)`` passes a value, and ``Report (a, b)`` is no statement."""
        if not isinstance(target, Call):
            return self._as_call(target)
        if len(target.arguments) > 1:
            self._fail("Cannot use parentheses when calling a Sub")
        return Call(target.target, tuple(None if item is None else Grouped(item) for item in target.arguments))

    def _without_arguments(self, start: int) -> Expression:
        self._at = start
        found = self._atom()
        while True:
            mark = self._at
            if self._is_sign(".") and not (self._withs and self._token.follows_blank):
                self._next()
                found = self._member(found)
            elif self._is_sign("("):
                arguments = self._parenthesised()
                if self._token.kind == SIGN and not self._is_sign(".", "("):
                    self._at = mark
                    return found
                found = Call(found, arguments)
            else:
                return found

    @staticmethod
    def _as_call(target: Expression) -> Expression:
        return target if isinstance(target, Call) else Call(target, ())

    # control flow

    def _if(self, at: Position) -> Statement:
        condition = self.expression()
        self._expect_word("then")
        if self._token.kind != END:
            return self._short_if(at, condition)
        branches: list[tuple[Position, Expression | None, Block]] = [(at, condition, self._block())]
        while True:
            here = self._token.position
            if self._take_word("elseif"):
                condition = self.expression()
                self._expect_word("then")
                branches.append((here, condition, self._block()))
            elif self._take_word("else"):
                branches.append((here, None, self._block()))
            else:
                self._expect_word("end")
                self._expect_word("if")
                return If(at, tuple(branches))

    def _short_if(self, at: Position, condition: Expression) -> If:
        branches: list[tuple[Position, Expression | None, Block]] = [(at, condition, self._rest_of_line())]
        if self._take_word("else"):
            branches.append((at, None, self._rest_of_line()))
        if self._take_word("end"):
            self._expect_word("if")
        return If(at, tuple(branches))

    def _rest_of_line(self) -> Block:
        found: list[Statement] = []
        while not self._ends():
            found.append(self._statement())
            while self._token.kind == END and self._token.text == ":":
                self._next()
        return tuple(found)

    def _for(self, at: Position) -> Statement:
        if self._take_word("each"):
            name = self._identifier().text
            self._expect_word("in")
            collection = self.expression()
            return ForEach(at, name, collection, self._closed("next"))
        name = self._identifier().text
        self._expect_sign("=")
        first = self.expression()
        self._expect_word("to")
        last = self.expression()
        step = self.expression() if self._take_word("step") else None
        return For(at, name, first, last, step, self._closed("next"))

    def _closed(self, *words: str) -> Block:
        body = self._block()
        for word in words:
            self._expect_word(word)
        return body

    def _do(self, at: Position) -> Statement:
        if self._is_word("while", "until"):
            until = self._next().text == "until"
            condition = self.expression()
            return Loop(at, condition, until, tested_first=True, body=self._closed("loop"))
        body = self._closed("loop")
        if not self._is_word("while", "until"):
            return Loop(at, None, until=False, tested_first=True, body=body)
        until = self._next().text == "until"
        return Loop(at, self.expression(), until, tested_first=False, body=body)

    def _while(self, at: Position) -> Statement:
        condition = self.expression()
        return Loop(at, condition, until=False, tested_first=True, body=self._closed("wend"))

    def _with(self, at: Position) -> Statement:
        subject = self.expression()
        self._withs += 1
        body = self._closed("end", "with")
        self._withs -= 1
        return With(at, subject, body)

    def _select(self, at: Position) -> Statement:
        self._expect_word("case")
        subject = self.expression()
        self._skip_ends()
        cases: list[tuple[tuple[Expression, ...] | None, Block]] = []
        while self._take_word("case"):
            values = None
            if not self._take_word("else"):
                values = tuple(item for item in self._arguments() if item is not None)
            cases.append((values, self._block()))
        self._expect_word("end")
        self._expect_word("select")
        return Select(at, subject, tuple(cases))

    def _exit(self, at: Position) -> Statement:
        if not self._is_word(*_EXITS):
            self._fail("Invalid 'exit' statement")
        kind = self._next().text
        if kind in ("sub", "function") and kind != self._inside:
            raise CompilationError("Invalid 'exit' statement", at)
        return Exit(at, kind)

    def _on_error(self, at: Position) -> Statement:
        self._expect_word("error")
        if self._take_word("resume"):
            self._expect_word("next")
            return OnError(at, resume=True)
        if self._take_word("goto") and self._token.text == "0":
            self._next()
            return OnError(at, resume=False)
        self._fail("Syntax error")
