# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How iscsicli reads its arguments (SDK sample ISCSICLI.C): stars, numbers, secrets, session ids, login arguments."""

from __future__ import annotations

import re

from ....fabric.interface import PortalAddress
from ...iscsi.failures import InitiatorError
from ...iscsi.model import (
    ANY_PORT,
    NOTHING_SPECIFIED,
    LoginOptions,
    LoginRequest,
    LunMapping,
    Specified,
    TargetMapping,
)
from ...iscsi.status import Status
from . import texts

MAXIMUM_ADDRESS = 255
"""MAX_ISCSI_PORTAL_ADDRESS_LEN less the terminating null."""

_NUMBER = re.compile(r"\s*(-?)(?:0[xX]([0-9a-fA-F]*)|(\d*))")
_HALF = re.compile(r"(?:0[xX])?([0-9a-fA-F]{1,16})")
_LUN = re.compile(r"0[xX][0-9a-fA-F]{16}")


class WrongUsage(Exception):
    """The number of arguments is not one that the command has."""


class Refusal(InitiatorError):
    """The tool itself refuses and says why before the status."""

    def __init__(self, sentence: str, **fields: str) -> None:
        """Status 87 after a sentence, in English and with its fields still open."""
        self.sentence = sentence
        self.fields = fields
        super().__init__(Status.INVALID_PARAMETER)


def star(text: str) -> bool:
    """Whether the argument means "not given": only its first character counts."""
    return text.startswith("*")


def optional(text: str) -> str | None:
    """Return the argument, None for a star."""
    return None if star(text) else text


def number64(text: str) -> int:
    """Read a number of 64 bits as atoi does: what is none is 0; hexadecimal after ``0x``."""
    match = _NUMBER.match(text)
    if match is None:
        return 0
    sign, hexadecimal, decimal = match.groups()
    value = int(hexadecimal, 16) if hexadecimal else int(decimal or 0)
    return (-value if sign else value) % (1 << 64)


def number(text: str) -> int:
    """Read a number of 32 bits: ``-1`` is 0xFFFFFFFF, ISCSI_ANY_INITIATOR_PORT."""
    return number64(text) & 0xFFFFFFFF


def true(text: str, default: bool) -> bool:
    """Read ``T`` or ``F``, a star for the default."""
    return default if star(text) else text[:1] in ("t", "T")


def port_number(text: str) -> int:
    """Read an initiator port number, a star for any."""
    return ANY_PORT if star(text) else number(text)


def portal(address: str, socket: str) -> PortalAddress:
    """Read a target portal; the socket is a 16 bit number."""
    if len(address) > MAXIMUM_ADDRESS:
        raise InitiatorError(Status.INVALID_PARAMETER)
    return PortalAddress(address, number(socket) & 0xFFFF)


def secret(text: str) -> bytes:
    """Read a secret: bytes after ``0x``, otherwise characters of the ANSI code page."""
    if text[:2] not in ("0x", "0X"):
        return text.encode("cp1252", errors="replace")
    try:
        return bytes.fromhex(text[2:]) if not set(text) & set(" \t") else b""
    except ValueError:
        raise InitiatorError(Status.INVALID_PARAMETER) from None


def id_pair(text: str) -> tuple[int, int] | None:
    """Read a session or connection id, None when it is none; ``0x`` may stand before each half."""
    halves = [_HALF.fullmatch(half) for half in text.split("-")]
    if len(halves) != 2 or halves[0] is None or halves[1] is None:
        return None
    return int(halves[0].group(1), 16), int(halves[1].group(1), 16)


def session_id(text: str) -> tuple[int, int]:
    """Read a session id.

    Raises:
        Refusal: it is none.
    """
    pair = id_pair(text)
    if pair is None:
        raise Refusal(texts.INVALID_SESSION, text=text)
    return pair


def login_options(arguments: list[str]) -> LoginOptions:
    """Read the nine arguments from the login flags to the authentication type."""
    flags, header, data, connections, wait, retain, user, password, auth = arguments
    specified = NOTHING_SPECIFIED
    # After the flags the arguments stand in the order of the bits.
    for bit, text in zip(Specified, arguments[1:], strict=True):
        if not star(text):
            specified |= bit
    return LoginOptions(
        specified=specified,
        login_flags=number(flags),
        header_digest=number(header),
        data_digest=number(data),
        maximum_connections=number(connections),
        default_time2wait=number(wait),
        default_time2retain=number(retain),
        username=b"" if user[:1] in ("*", "-") else user.encode("cp1252", errors="replace"),
        password=b"" if password[:1] in ("*", "-") else secret(password),
        auth_type=number(auth),
    )


def chap_options(user: str, password: str) -> LoginOptions:
    """Build the login options of the quick commands: one-way CHAP."""
    return login_options(["0", "*", "*", "*", "*", "*", user if not star(user) else "-", password, "1"])


def mapping(count: int, arguments: list[str]) -> TargetMapping | None:
    """Read the target mappings: four arguments each, all with the same bus and target.

    Raises:
        WrongUsage: the count does not fit.
        Refusal: a LUN, bus or target is not as it has to be.
    """
    if len(arguments) != count * 4:
        raise WrongUsage
    if count == 0:
        return None
    bus, target = number(arguments[1]), number(arguments[2])
    luns = []
    for lun, os_bus, os_target, os_lun in zip(*[iter(arguments)] * 4, strict=True):
        if not _LUN.fullmatch(lun):
            raise Refusal(texts.LUN_FORM)
        if number(os_bus) != bus:
            raise Refusal(texts.ONE_BUS)
        if number(os_target) != target:
            raise Refusal(texts.ONE_TARGET)
        luns.append(LunMapping(int(lun, 16), number(os_lun)))
    return TargetMapping(bus, target, tuple(luns))


def login_request(arguments: list[str]) -> LoginRequest:
    """Read the 18 and more arguments of LoginTarget and PersistentLoginTarget.

    Raises:
        WrongUsage, Refusal, InitiatorError
    """
    if len(arguments) < 18:
        raise WrongUsage
    name, report, address, socket, instance, port = arguments[:6]
    if star(address) != star(socket):
        raise Refusal(texts.NO_PORTAL_PAIR)
    return LoginRequest(
        target=name,
        portal=None if star(address) else portal(address, socket),
        instance=optional(instance),
        port_number=port_number(port),
        informational=not true(report, default=True),
        security_flags=number(arguments[6]),
        options=login_options(arguments[7:16]),
        mapping=mapping(number(arguments[17]), arguments[18:]),
    )
