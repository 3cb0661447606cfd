# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP as the initiator applies it: the lengths it accepts and what it presents to a target."""

from __future__ import annotations

import hashlib

from ...fabric.interface import Chap, InitiatorSide
from .failures import InitiatorError
from .model import AuthType, LoginOptions
from .status import Status

MINIMUM_SECRET = 12
MAXIMUM_SECRET = 16
"""Bytes of a CHAP secret without IPsec (texts of ISDSC_INVALID_TARGET_CHAP_SECRET and _INITIATOR_CHAP_SECRET)."""

_SECURITY_FLAG_IPSEC = 0x2
_LOGIN_FLAG_REQUIRE_IPSEC = 0x1


def check_options(options: LoginOptions, security_flags: int, mutual_secret: bytes | None) -> None:
    """Refuse login options that no login can be made with.

    Raises:
        InitiatorError: INVALID_LOGON_AUTH_TYPE, INVALID_TARGET_CHAP_SECRET, INVALID_INITIATOR_CHAP_SECRET
    """
    kind = options.effective_auth_type
    if kind not in (AuthType.NONE, AuthType.CHAP, AuthType.MUTUAL_CHAP):
        raise InitiatorError(Status.INVALID_LOGON_AUTH_TYPE)
    if kind == AuthType.NONE:
        return
    ipsec = bool(security_flags & _SECURITY_FLAG_IPSEC or options.login_flags & _LOGIN_FLAG_REQUIRE_IPSEC)
    shortest = 1 if ipsec else MINIMUM_SECRET
    if not shortest <= len(options.password) <= MAXIMUM_SECRET:
        raise InitiatorError(Status.INVALID_TARGET_CHAP_SECRET)
    if kind == AuthType.MUTUAL_CHAP and not mutual_secret:
        raise InitiatorError(Status.INVALID_INITIATOR_CHAP_SECRET)


def initiator_side(
    node_name: str,
    nic_address: str,
    options: LoginOptions,
    mutual_secret: bytes | None,
    digests_required: bool = False,
) -> InitiatorSide:
    """Return what a login presents. Without a user name the node name is the CHAP name (iscsicli's usage).

    Windows takes any name from the target and checks its secret only, hence the empty name of ``mutual``.
    """
    one_way = mutual = None
    if options.effective_auth_type != AuthType.NONE:
        name = options.username.decode("utf-8", errors="replace") or node_name
        one_way = Chap(name, options.password)
    if options.effective_auth_type == AuthType.MUTUAL_CHAP:
        mutual = Chap("", mutual_secret or b"")
    return InitiatorSide(node_name, nic_address, one_way, mutual, options.effective_digests, digests_required)


def credentials(options: LoginOptions) -> str:
    """Return a digest of what a login proves, empty for nothing: equal ones prove the same."""
    kind = options.effective_auth_type
    if kind == AuthType.NONE:
        return ""
    return hashlib.sha256(b"\0".join((str(kind).encode(), options.username, options.password))).hexdigest()
