# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP with MD5 in a login (RFC 7143, 12.1.3; RFC 1994)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

from .interface import Chap

MD5 = "5"
"""The algorithm that every implementation must have."""


def encode_binary(value: bytes) -> str:
    """Write a large binary value in hexadecimal."""
    return "0x" + value.hex()


def decode_binary(text: str) -> bytes:
    """Read a large binary value in hexadecimal or base64 (RFC 7143, 6.1).

    Raises:
        ValueError: it is neither
    """
    prefix, digits = text[:2].lower(), text[2:]
    if prefix == "0x":
        return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
    if prefix == "0b":
        try:
            return base64.b64decode(digits, validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from error
    raise ValueError("a binary value begins with 0x or 0b")


class Challenge:
    """What one side asks the other to answer."""

    def __init__(self) -> None:
        """Make a fresh one."""
        self.identifier = os.urandom(1)[0]
        self.value = os.urandom(16)

    def keys(self) -> list[tuple[str, str]]:
        """Return the keys that carry it."""
        return [("CHAP_I", str(self.identifier)), ("CHAP_C", encode_binary(self.value))]

    def is_met(self, expected: Chap, answer: dict[str, str]) -> bool:
        """Whether name and response are those of ``expected``."""
        try:
            response = decode_binary(answer["CHAP_R"])
            name = answer["CHAP_N"]
        except (KeyError, ValueError):
            return False
        return expected.name in ("", name) and hmac.compare_digest(
            response, _response(self.identifier, expected.secret, self.value)
        )


def answer_challenge(account: Chap, keys: dict[str, str]) -> list[tuple[str, str]]:
    """Return the keys that prove knowledge of a secret.

    Raises:
        ValueError, KeyError: the challenge is malformed
    """
    response = _response(int(keys["CHAP_I"]), account.secret, decode_binary(keys["CHAP_C"]))
    return [("CHAP_N", account.name), ("CHAP_R", encode_binary(response))]


def _response(identifier: int, secret: bytes, challenge: bytes) -> bytes:
    return hashlib.md5(bytes((identifier & 0xFF,)) + secret + challenge, usedforsecurity=False).digest()
