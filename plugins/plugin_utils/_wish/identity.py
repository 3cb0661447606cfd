# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The initiator: its name, its secrets, the package it comes with. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence

from .._model import Chap
from .._plan.desired import Package, WantedArray, WantedInitiator
from .faults import Faults

NODE_NAME = re.compile(r"(iqn\.\d{4}-\d{2}\.[a-z0-9]|eui\.[0-9a-f]{16}$|naa\.[0-9a-f]{16})[a-z0-9.:-]*")
NODE_NAME_LENGTH = 223  # RFC 7143, 4.2.7.1
_SECRET_BYTES = range(12, 17)  # ISDSC_INVALID_TARGET_CHAP_SECRET's text: 12 to 16 bytes without IPsec
_PACKAGE_PATH = re.compile(r"(?:[A-Za-z]:\\|\\\\[^\\]+\\[^\\]+\\)[^\"*?<>|\x00-\x1f]+")
"""An absolute path on the host, or one on a share; the rest is what Windows allows in file names."""
_PACKAGE_ARGUMENT = re.compile(r"[^\x00-\x1f]+")
_CHAP_USER = re.compile(r"[^\s\"*-][^\s\"]*")
"""How iscsicli splits a typed line at quotes is not known, and a leading "*" or "-" has a meaning of its own."""


def initiator(arguments: Mapping[str, t.Any], faults: Faults) -> WantedInitiator:
    """Read ``node_name``, ``mutual_chap_secret``, ``update_password`` and ``package``."""
    name = arguments["node_name"]
    if name is not None and (len(name) > NODE_NAME_LENGTH or not NODE_NAME.fullmatch(name)):
        faults.add(
            "node_name",
            f"{name!r} is no iSCSI name that an EVA takes: iqn.YYYY-MM.reversed.domain:name of at most"
            f" {NODE_NAME_LENGTH} lower-case letters, digits, '-', '.' and ':' (HP 5697-0510, page 8)",
        )
    secret = arguments["mutual_chap_secret"]
    if secret is not None:
        check_secret(secret, "mutual_chap_secret", faults)
    update = arguments["update_password"]
    return WantedInitiator(name, secret, update == "always", _package(arguments["package"], faults))


def _package(given: Mapping[str, t.Any] | None, faults: Faults) -> Package | None:
    if given is None:
        return None
    path, arguments = given["path"], tuple(given["arguments"])
    if not _PACKAGE_PATH.fullmatch(path):
        faults.add(
            "package.path",
            f"{path!r} is neither an absolute path on the host (C:\\folder\\file.exe) nor one on a share"
            " (\\\\server\\share\\file.exe)",
        )
    for argument in arguments:
        if not _PACKAGE_ARGUMENT.fullmatch(argument):
            faults.add("package.arguments", f"{argument!r} is empty or holds a control character")
    return Package(path, arguments)


def check_secrets(wanted: WantedInitiator, arrays: Sequence[WantedArray], faults: Faults) -> None:
    """Refuse one secret for both directions, which CHAP forbids (RFC 7143, 9.2.1)."""
    for array in arrays:
        if array.chap is None:
            continue
        if array.chap.mutual and wanted.mutual_secret == array.chap.secret:
            faults.add(f"array {array.name}", "chap_secret and mutual_chap_secret must differ")


def read_chap(item: Mapping[str, t.Any], where: str, faults: Faults) -> Chap | None:
    """Read what an array is given of CHAP; None where it has none."""
    user, secret = item["chap_user"], item["chap_secret"]
    if user is None and secret is None:
        if item["mutual_chap"]:
            faults.add(where, "mutual_chap needs chap_user and chap_secret")
        return None
    if not user or secret is None:
        faults.add(where, "chap_user and chap_secret go together")
        return None
    check_secret(secret, f"{where}.chap_secret", faults)
    if not _CHAP_USER.fullmatch(user):
        faults.add(where, f"chap_user {user!r} begins with '*' or '-', or holds a blank or a quotation mark")
    return Chap(user, secret, item["mutual_chap"])


def check_secret(secret: str, where: str, faults: Faults) -> None:
    """Look at the length of a CHAP secret, in bytes."""
    length = len(secret.encode())
    if length not in _SECRET_BYTES:
        faults.add(where, f"a CHAP secret has 12 to 16 bytes with Microsoft's initiator; this one has {length}")
