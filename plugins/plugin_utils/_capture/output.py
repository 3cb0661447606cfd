# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What commands read and printed, out of the base64 that it travels in. Private to the collection.

A command's output comes in as many pieces as the host likes, so a name may be cut in two: it is put together, replaced
as a whole, and saved with the first piece.
"""

from __future__ import annotations

import base64
import binascii
import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, field

from .markup import Message, Piece

_CODE_PAGE_OF_ANSIBLE: t.Final = 65001
"""Of a shell whose Create was not heard, because Ansible's connection had opened it."""


@dataclass
class Output:
    """A stream of one command."""

    encoding: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole stream."""
        return b"".join(_octets(piece.text) for piece in self.pieces).decode(self.encoding, errors="replace")

    def replace(self, text: str) -> None:
        """Let the stream be another text."""
        first, *others = self.pieces
        first.replacement = base64.b64encode(text.encode(self.encoding, errors="replace")).decode()
        for piece in others:
            piece.replacement = ""


def outputs(requests: Sequence[Message], answers: Sequence[Message]) -> list[Output]:
    """Return the streams of a conversation."""
    found: list[Output] = []
    current: dict[tuple[str, str], Output] = {}
    encoding = encoding_of(_CODE_PAGE_OF_ANSIBLE)
    for request, answer in zip(requests, answers, strict=True):
        for piece in request.pieces:
            if piece.element.attributes.get("Name") == "WINRS_CODEPAGE" and piece.attribute is None:
                encoding = encoding_of(int(piece.text))
            if piece.element.name == "Command":
                current = {}
        for piece in (*request.pieces, *answer.pieces):
            if piece.element.name == "Stream" and piece.attribute is None:
                key = (piece.element.attributes.get("CommandId", ""), piece.element.attributes.get("Name", ""))
                if key not in current:
                    current[key] = Output(encoding)
                    found.append(current[key])
                current[key].pieces.append(piece)
    return found


def encoding_of(code_page: int) -> str:
    """Return Python's name of a code page."""
    return "utf-8" if code_page == 65001 else f"cp{code_page}"


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
