# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument lists of iscsicli, all in this one place. Private to the collection.

A wrong number of arguments makes the tool print its usage and report success (Windows 7 SDK sample ISCSICLI.C), so
the lists are built here and nowhere else: LoginTarget and PersistentLoginTarget 18, AddTargetPortal 14,
RemovePersistentTarget 5, RemoveTargetPortal 4, LogoutTarget, AddiSNSServer and RemoveiSNSServer 1,
ClearPersistentDevices and BindPersistentVolumes none. ``*`` stands for "not given".
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace

from .._model import Authentication, Chap, Digests, PersistentLogin, SessionId, TargetPortal
from .._wire import quoting
from .._wire.masking import Secret
from .actions import CannotRender, Draft, DraftWord

PROGRAM: t.Final = "iscsicli"
MULTIPATH: t.Final = 0x2
"""Login flag (usage text of iscsicli)."""
NOT_GIVEN: t.Final = "*"
"""Stands for an argument that is left open."""

_BESIDES: t.Final = 100
"""More than a command of a line has besides its words: the program's name and the mark that follows it."""
_REPORT_TO_PNP: t.Final = "T"
_INFORMATIONAL: t.Final = "F"

Line = tuple[DraftWord, ...]
"""A command of the tool with its arguments."""


class Endpoint(t.NamedTuple):
    """The initiator's end of a path."""

    instance: DraftWord
    port: DraftWord


def login(
    verb: str,
    target: DraftWord,
    portal: TargetPortal,
    initiator: Endpoint,
    chap: Chap | None,
    digests: Digests,
) -> Line:
    """Return LoginTarget or PersistentLoginTarget for a path, flagged for multipath.

    Args:
        verb: One of the two commands.
        target: Name of the target.
        portal: Where it is reached.
        initiator: From where it is reached; always named, because 2008 makes no second session otherwise.
        chap: Credentials, if the target wants any.
        digests: Which digests to ask for, as far as anything is said.

    Raises:
        CannotRender: the CHAP name cannot be given to the tool.
    """
    return _login(
        verb,
        target=(target, _REPORT_TO_PNP, *_socket(portal)),
        initiator=initiator,
        flags=MULTIPATH,
        digests=digests,
        credentials=_credentials(chap),
    )


def store_again(stored: PersistentLogin, chap: Chap | None) -> Line:
    """Return PersistentLoginTarget for a login as it is stored now.

    Raises:
        CannotRender: it needs credentials, and they were not given.
    """
    mutual = stored.authentication is Authentication.MUTUAL_CHAP
    by_chap = mutual or stored.authentication is Authentication.CHAP
    if by_chap and chap is None:
        raise CannotRender(
            f"The persistent login of {stored.target} through {stored.portal or 'any portal'} uses CHAP and would have "
            "to be stored again; give the CHAP name and secret of that target."
        )
    return _login(
        "PersistentLoginTarget",
        target=(
            stored.target,
            _INFORMATIONAL if stored.informational else _REPORT_TO_PNP,
            *(_socket(stored.portal) if stored.portal else (NOT_GIVEN, NOT_GIVEN)),
        ),
        initiator=Endpoint(stored.instance or NOT_GIVEN, _port(stored)),
        flags=stored.login_flags,
        digests=stored.digests,
        credentials=_credentials(chap and replace(chap, mutual=mutual) if by_chap else None),
    )


def remove_login(stored: PersistentLogin) -> Line:
    """Return RemovePersistentTarget; a login stored for any port is removed with those of every port."""
    portal = _socket(stored.portal) if stored.portal else (NOT_GIVEN, NOT_GIVEN)
    return ("RemovePersistentTarget", stored.instance or NOT_GIVEN, stored.target, _port(stored), *portal)


def remove_portal(portal: TargetPortal, initiator: Endpoint) -> Line:
    """Return RemoveTargetPortal; instance and port must be those that the portal was stored with (else 0xEFFF0043)."""
    return ("RemoveTargetPortal", *_socket(portal), *initiator)


def logout(session: SessionId) -> Line:
    """Return LogoutTarget."""
    return ("LogoutTarget", str(session))


def add_portal(portal: TargetPortal, initiator: Endpoint, chap: Chap | None) -> Line:
    """Return AddTargetPortal in its long form, the only one that binds discovery to a NIC.

    Raises:
        CannotRender: the CHAP name cannot be given to the tool.
    """
    # Flags of the login, two digests, connections, time2wait, time2retain.
    security_flags, limits = (NOT_GIVEN,), (NOT_GIVEN,) * 6
    return ("AddTargetPortal", *_socket(portal), *initiator, *security_flags, *limits, *_credentials(chap))


def draft(lines: t.Sequence[Line]) -> list[Draft]:
    """Return the commands of one line.

    They are typed into one tool if there is a secret in them, so that no argv shows it, or if they are too many for a
    line of cmd.exe.
    """
    length = sum(_BESIDES + sum(len(str(word)) + 1 for word in line) for line in lines)
    if length > quoting.LONGEST or any(isinstance(word, Secret) for line in lines for word in line):
        return [Draft(PROGRAM, typed=tuple(lines))]
    return [Draft(PROGRAM, line) for line in lines]


def _login(
    verb: str,
    *,
    target: tuple[DraftWord, ...],
    initiator: Endpoint,
    flags: int,
    digests: Digests,
    credentials: tuple[DraftWord, ...],
) -> Line:
    security_flags, limits = (NOT_GIVEN,), (NOT_GIVEN,) * 3  # connections, time2wait, time2retain
    key, mappings = (NOT_GIVEN,), ("0",)
    return (
        verb,
        *target,
        *initiator,
        *security_flags,
        f"0x{flags:x}",
        _digest(digests.header),
        _digest(digests.data),
        *limits,
        *credentials,
        *key,
        *mappings,
    )


def _credentials(chap: Chap | None) -> tuple[DraftWord, DraftWord, DraftWord]:
    if chap is None:
        return NOT_GIVEN, NOT_GIVEN, NOT_GIVEN
    # How the tool splits typed lines at quotes is not known, and a leading "*" or "-" has a meaning of its own.
    if not re.fullmatch(r"[^\s\"*-][^\s\"]*", chap.user):
        raise CannotRender(
            f"The CHAP name {chap.user!r} cannot be given to iscsicli: it is empty, begins with '*' or '-', or holds a "
            "blank or a quotation mark. Choose another name on the array."
        )
    # In hexadecimal a secret neither looks like an option nor passes through the ANSI code page (ISCSICLI.C).
    secret = Secret(f"0x{chap.secret.encode('utf-8').hex()}")
    kind = Authentication.MUTUAL_CHAP if chap.mutual else Authentication.CHAP
    return chap.user, secret, str(kind.value)


def _digest(wanted: bool | None) -> str:
    """Return a digest's number (ISCSI_DIGEST_TYPES of iscsidsc.h: 0 none, 1 CRC32C)."""
    return NOT_GIVEN if wanted is None else str(int(wanted))


def _port(stored: PersistentLogin) -> str:
    return NOT_GIVEN if stored.port_number is None else str(stored.port_number)


def _socket(portal: TargetPortal) -> tuple[str, str]:
    return str(portal.address), str(portal.tcp_port)
