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
_EVAS: t.Final = re.compile(r"EVA|HSV", re.IGNORECASE)
"""What only the name of a DSM for EVA has, also as a part of a word."""
_HPS: t.Final = re.compile(r"HP", re.IGNORECASE)
"""What a DSM of HP's has in its name. That for EVA is not public, so what looks like one counts."""
_OTHER_ARRAYS: t.Final = re.compile(r"(?:\b|hp)(?:MSA|XP|P2000|P4000|P9000|3PAR)", re.IGNORECASE)
"""HP's other families of arrays. Those for MSA and XP have DSMs of their own (their installation and reference guides
3.02.00 and 3.00.00), which are named after the family: ``hpxpdsm`` is the driver of one."""


def is_microsofts(friendly_name: str) -> bool:
    """Tell whether a DSM is Microsoft's own."""
    return friendly_name.casefold().startswith(_MICROSOFTS_NAMES)


def may_be_hps(friendly_name: str) -> bool:
    """Tell whether a DSM may be HP's for EVA."""
    if is_microsofts(friendly_name):
        return False
    if _EVAS.search(friendly_name) is not None:
        return True
    return _HPS.search(friendly_name) is not None and not is_of_other_array(friendly_name)


def is_of_other_array(name: str) -> bool:
    """Tell whether a DSM, or its driver, is named after another of HP's families of arrays."""
    return _EVAS.search(name) is None and _OTHER_ARRAYS.search(name) is not None


def is_named(friendly_name: str, name: str | None) -> bool:
    """Tell whether a DSM is HP's for EVA, by the name that the administrator knows, or by what it looks like."""
    if name is None:
        return may_be_hps(friendly_name)
    return friendly_name.strip().casefold() == name.strip().casefold()
