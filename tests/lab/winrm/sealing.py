# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sealed messages: the MIME form in which they travel ([MS-WSMV] 2.2.9.1), whatever sealed them."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import spnego
from spnego.exceptions import SpnegoError

PROTOCOLS = {
    "negotiate": "application/HTTP-SPNEGO-session-encrypted",
    "kerberos": "application/HTTP-Kerberos-session-encrypted",
    "credssp": "application/HTTP-CredSSP-session-encrypted",
}
"""By the scheme of the Authorization header, lower case (MS-WSMV 2.2.9.1.1 to .3)."""

LARGEST_RECORD = 16384
"""CredSSP seals by TLS, in records of at most this size; a longer message has several parts (MS-WSMV 2.2.9.1.3)."""

_BOUNDARY = b"--Encrypted Boundary"
# The specification's own example and Exchange put a blank behind the dashes; pywinrm and pypsrp do not.
_DELIMITER = re.compile(rb"--\s*Encrypted Boundary(?:--)?\r?\n?")
_DATA = re.compile(rb"\s*Content-Type: application/octet-stream\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"Length=(\d+)", re.IGNORECASE)
_CHARSET = re.compile(rb"charset=([\w-]+)", re.IGNORECASE)
_PROTOCOL = re.compile(rb"Content-Type:\s*(\S+)", re.IGNORECASE)


class SealError(Exception):
    """A message cannot be opened: sealed for another connection or in another way, or damaged."""


@dataclass(frozen=True)
class Seal:
    """What seals the messages of one connection.

    Args:
        context: a finished security context
        scheme: of the Authorization header that made it, lower case
    """

    context: spnego.ContextProxy
    scheme: str

    def open(self, body: bytes) -> tuple[bytes, str]:
        """Return a sealed message and its character set.

        Raises:
            SealError: it was not sealed for this connection
        """
        pieces = _DELIMITER.split(body)
        # Before the first boundary and behind the last there is nothing; between them header and data take turns.
        if len(pieces) < 4 or len(pieces) % 2 or pieces[0] or pieces[-1]:
            raise SealError
        message, charset = b"", "UTF-8"
        for header, data in zip(pieces[1:-1:2], pieces[2:-1:2], strict=True):
            part, charset = self._part(header, data)
            message += part
        return message, charset

    def close(self, message: bytes, charset: str) -> tuple[str, bytes]:
        """Seal a message; return its Content-Type and body."""
        size = LARGEST_RECORD if self.scheme == "credssp" else max(len(message), 1)
        parts = [message[start : start + size] for start in range(0, len(message), size)]
        kind = "x-multi-encrypted" if len(parts) > 1 else "encrypted"
        content_type = f'multipart/{kind};protocol="{PROTOCOLS[self.scheme]}";boundary="Encrypted Boundary"'
        return content_type, b"".join(self._sealed(part, charset) for part in parts) + _BOUNDARY + b"--\r\n"

    def _part(self, header: bytes, data: bytes) -> tuple[bytes, str]:
        protocol, length, charset = (pattern.search(header) for pattern in (_PROTOCOL, _LENGTH, _CHARSET))
        start = _DATA.match(data)
        # Uncertain: what Windows says to a message of one scheme on a connection of another; nobody sends one.
        if not protocol or protocol[1].decode("ascii", "replace").lower() != PROTOCOLS[self.scheme].lower():
            raise SealError
        if not length or not start:
            raise SealError
        sealed = data[start.end() :]
        try:
            (size,) = struct.unpack_from("<i", sealed)
            message = self.context.unwrap_winrm(sealed[4 : 4 + size], sealed[4 + size :])
        except (SpnegoError, ValueError, struct.error) as error:
            raise SealError from error
        if len(message) != int(length[1]):
            raise SealError
        return message, charset[1].decode("ascii") if charset else "UTF-8"

    def _sealed(self, message: bytes, charset: str) -> bytes:
        sealed = self.context.wrap_winrm(message)
        original = f"type=application/soap+xml;charset={charset};Length={len(message) + sealed.padding_length}"
        return b"".join(
            (
                _BOUNDARY,
                b"\r\n\tContent-Type: ",
                PROTOCOLS[self.scheme].encode("ascii"),
                b"\r\n\tOriginalContent: ",
                original.encode("ascii"),
                b"\r\n",
                _BOUNDARY,
                b"\r\n\tContent-Type: application/octet-stream\r\n",
                struct.pack("<i", len(sealed.header)),
                sealed.header,
                sealed.data,
            )
        )
