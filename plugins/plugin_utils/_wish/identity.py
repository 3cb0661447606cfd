# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The initiator: its name, its secret, its package, and what it does at boot. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .._plan.desired import Package, WantedInitiator
from .chap import check_secret
from .faults import Faults
from .programs import check_program
from .services import dependent_services, isns_servers

NODE_NAME = re.compile(r"(iqn\.\d{4}-\d{2}\.[a-z0-9]|eui\.[0-9a-f]{16}$|naa\.[0-9a-f]{16})[a-z0-9.:-]*")
NODE_NAME_LENGTH = 223  # RFC 7143, 4.2.7.1


def initiator(arguments: Mapping[str, t.Any], faults: Faults) -> WantedInitiator:
    """Read the options that the doc fragment of the same name describes."""
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
    return WantedInitiator(
        name,
        secret,
        update == "always",
        _package(arguments["package"], faults),
        arguments["rename_despite_sessions"],
        isns_servers(arguments["isns_servers"], faults),
        arguments["bind_volumes"],
        dependent_services(arguments["dependent_services"], faults),
        arguments["cluster_disks_offline"],
    )


def _package(given: Mapping[str, t.Any] | None, faults: Faults) -> Package | None:
    if given is None:
        return None
    path, arguments = given["path"], tuple(given["arguments"])
    if path is None:
        return None  # refused before, because it is required
    check_program("package", "", path, arguments, faults)
    return Package(path, arguments)
