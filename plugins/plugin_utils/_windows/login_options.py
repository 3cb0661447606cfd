# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a login proves and agrees on, as the initiator and its driver tell it. Private to the collection.

Sources: ISCSI_LOGIN_OPTIONS, ISCSI_AUTH_TYPES and ISCSI_DIGEST_TYPES of iscsidsc.h for stored logins;
ISCSI_ConnectionStaticInfo of iscsimgt.h with ISCSI_AUTH_TYPES_QUALIFIERS, ISCSI_HEADER_INTEGRITY_TYPE_QUALIFIERS and
ISCSI_DATA_INTEGRITY_TYPE_QUALIFIERS of Mgmt.mof (windows-driver-docs) for sessions.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._model import Authentication, Digests
from .._wire.instance import Instance

MULTIPATH: t.Final = 0x2
"""ISCSI_LOGIN_FLAG_MULTIPATH_ENABLED."""

# Bits of InformationSpecified; a member whose bit is not set means nothing.
HEADER_DIGEST: t.Final = 0x1
DATA_DIGEST: t.Final = 0x2
USER: t.Final = 0x20
AUTHENTICATION: t.Final = 0x80

_DIGESTS: t.Final[Mapping[int, bool]] = {0: False, 1: True}
"""ISCSI_DIGEST_TYPES: none and CRC32C."""


@dataclass(frozen=True)
class LoginOptions:
    """The options of a stored login or discovery portal."""

    flags: int = 0
    authentication: Authentication | None = None
    specified: int = 0
    """InformationSpecified."""
    user: str | None = None
    digests: Digests = field(default_factory=Digests)

    @property
    def proof(self) -> Authentication | None:
        """What is proven with these options: nothing where nothing is specified, None for what is not understood."""
        return self.authentication if self.specified & AUTHENTICATION else Authentication.NONE


def options_of(options: Instance | None) -> LoginOptions:
    """Read MSiSCSIInitiator_TargetLoginOptions; what it does not specify is None."""
    if options is None:
        return LoginOptions()
    specified = options.integer("InformationSpecified") or 0

    def given(bit: int, name: str) -> int | None:
        return options.integer(name) if specified & bit else None

    return LoginOptions(
        flags=options.integer("LoginFlags") or 0,
        authentication=authentication_of(given(AUTHENTICATION, "AuthType")),
        specified=specified,
        user=_user(options.octets("Username")) if specified & USER else None,
        digests=Digests(digest_of(given(HEADER_DIGEST, "HeaderDigest")), digest_of(given(DATA_DIGEST, "DataDigest"))),
    )


def agreed(*tellers: Instance) -> tuple[Authentication | None, Digests]:
    """Return what a login agreed on, from the first that tells: the connection, else its session.

    The values are documented; that the software initiator's driver fills them in is not. This is the one place to
    change if it does not: ``None`` for all of them means "Windows does not tell", and nothing is compared then.
    """

    def told(name: str) -> int | None:
        return next((value for teller in tellers if (value := teller.integer(name)) is not None), None)

    digests = Digests(digest_of(told("HeaderIntegrity")), digest_of(told("DataIntegrity")))
    return authentication_of(told("AuthType")), digests


def authentication_of(number: int | None) -> Authentication | None:
    """Return the kind of authentication; None for a number that the header does not have."""
    return next((known for known in Authentication if known.value == number), None)


def digest_of(number: int | None) -> bool | None:
    """Return whether a digest is on; None for a number that the header does not have."""
    return None if number is None else _DIGESTS.get(number)


def _user(octets: bytes | None) -> str | None:
    """Read a CHAP name, which is stored in the host's ANSI code page; one beyond ASCII is not readable for sure."""
    try:
        return (octets or b"").rstrip(b"\0").decode("ascii") or None
    except UnicodeDecodeError:
        return None
