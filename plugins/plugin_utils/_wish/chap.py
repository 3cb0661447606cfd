# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP and digests of arrays, and the secrets of both directions. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence

from .._model import Chap, Digests
from .._plan.desired import Layout, WantedArray, WantedInitiator
from .faults import Faults
from .words import CONTROL, unfilled, unfilled_secret

_SECRET_BYTES = range(12, 17)  # ISDSC_INVALID_TARGET_CHAP_SECRET's text: 12 to 16 bytes without IPsec
_USER = re.compile(rf"[^-*\s\"{CONTROL}][^\s\"{CONTROL}]*")
"""How iscsicli splits a typed line at quotes is not known, and a leading "*" or "-" has a meaning of its own."""
_USER_BYTES = 255  # RFC 7143, 6.1: the longest value of a key


def read_chap(item: Mapping[str, t.Any], where: str, faults: Faults) -> Chap | None:
    """Read what an array is given of CHAP; None where it has none."""
    user, secret = item["chap_user"], item["chap_secret"]
    if user is None and secret is None:
        for option in ("mutual_chap", "chap_after_first_login"):
            if item[option]:
                faults.add(where, f"{option} needs chap_user and chap_secret")
        return None
    if secret is not None:
        check_secret(secret, f"{where}.chap_secret", faults)
    if user:
        _check_user(user, where, faults)
    if not user or secret is None:
        faults.add(where, "chap_user and chap_secret go together")
        return None
    return Chap(user, secret, item["mutual_chap"])


def read_digests(item: Mapping[str, t.Any]) -> Digests:
    """Read which digests an array's sessions shall have; None where nothing is said about one."""
    return Digests(item["header_digest"], item["data_digest"])


def check_secret(secret: str, where: str, faults: Faults) -> None:
    """Look at the length of a CHAP secret, in bytes, and whether it is one."""
    length = len(secret.encode())
    if unfilled_secret(secret):
        faults.add(where, "it is a template that was not filled in")
    elif length not in _SECRET_BYTES:
        faults.add(where, f"a CHAP secret has 12 to 16 bytes with Microsoft's initiator; this one has {length}")


def check_secrets(
    arguments: Mapping[str, t.Any], wanted: WantedInitiator, arrays: Sequence[WantedArray], faults: Faults
) -> None:
    """Refuse mutual CHAP without the initiator's own secret, and one secret for both directions.

    CHAP forbids it (RFC 7143, 9.2.1), and so does an EVA's iSCSI module for the secrets of initiators and of targets
    altogether (HP MPX200 user guide 5697-0568, page 101).
    """
    if arguments["mutual_chap_secret"] is None:
        for index, given in enumerate(arguments["arrays"] or ()):
            if given["mutual_chap"]:
                where = f"array {given['name']}" if given["name"] else f"arrays[{index}]"
                faults.add(where, "mutual_chap needs mutual_chap_secret, the secret of the initiator itself")
    if wanted.mutual_secret is None:
        return
    for array in arrays:
        if array.chap is not None and wanted.mutual_secret == array.chap.secret:
            faults.add(f"array {array.name}", "chap_secret and mutual_chap_secret must differ")


def renews_secrets(arguments: Mapping[str, t.Any], wanted: Layout) -> bool:
    """Read ``update_password``: whether the secrets of arrays, where they have any, are written again."""
    update = arguments["update_password"]
    return update == "always" and any(array.chap is not None for array in wanted.arrays)


def _check_user(user: str, where: str, faults: Faults) -> None:
    if unfilled(user):
        faults.add(where, f"chap_user {user!r} is a template that was not filled in")
    elif not _USER.fullmatch(user):
        faults.add(
            where,
            f"chap_user {user!r} begins with '*' or '-', or holds a blank, a control character or a quotation mark",
        )
    elif len(user.encode()) > _USER_BYTES:
        faults.add(where, f"chap_user has {len(user.encode())} bytes; iSCSI takes at most {_USER_BYTES}")
