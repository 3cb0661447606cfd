# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose DSM it is, told by the friendly name that Windows shows. Private to the collection."""

from __future__ import annotations

import re
import typing as t

_MICROSOFTS_NAMES: t.Final = "microsoft"
"""How the friendly name of a DSM of Microsoft's begins. That of Windows Server 2003 comes with the iSCSI initiator, and
its friendly name is not public; that it begins so is an assumption."""
_MAY_BE_HPS: t.Final = re.compile(r"HP|EVA|HSV", re.IGNORECASE)
"""Names a DSM of HP's may have; its friendly name is not public, so anything that looks like one counts, also as a
part of a word: services are named like ``hpeaadsm``."""


def is_microsofts(friendly_name: str) -> bool:
    """Tell whether a DSM is Microsoft's own."""
    return friendly_name.casefold().startswith(_MICROSOFTS_NAMES)


def may_be_hps(friendly_name: str) -> bool:
    """Tell whether a DSM may be HP's for EVA."""
    return not is_microsofts(friendly_name) and _MAY_BE_HPS.search(friendly_name) is not None


def is_named(friendly_name: str, name: str | None) -> bool:
    """Tell whether a DSM is HP's for EVA, by the name that the administrator knows, or by what it looks like."""
    if name is None:
        return may_be_hps(friendly_name)
    return friendly_name.strip().casefold() == name.strip().casefold()
