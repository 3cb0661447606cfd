# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two DSMs that may own an EVA's disks, and how each is told by its friendly name. Private to the collection."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

from .._eva.dsm_names import is_microsofts, is_named, is_of_other_array

MICROSOFT_DSM: t.Final = "Microsoft DSM"
"""What reports call it, and its friendly name from 2008 on (captured mpclaim outputs; Windows driver sample msdsm)."""
HP_DSM: t.Final = "HP MPIO Full Featured DSM for EVA"
"""What HP calls its product (P6350 user guide, page 100, table 21)."""
ISCSI_BUS: t.Final = "MSFT2005iSCSIBusType_0x9"
"""The hardware id that stands for every iSCSI LUN (New-MSDSMSupportedHW, Enable-MSDSMAutomaticClaim)."""
_OF_OTHERS: t.Final = frozenset({"mpio", "mpdev", "mpspfltr", "msdsm", "msiscdsm", "hpmaadsm"})
"""Driver services of MPIO itself, of Microsoft's DSMs, and of HP's for MSA (its manual)."""


class DsmKind(enum.Enum):
    """Whose DSM it is; the value is what options call it."""

    MICROSOFT = "microsoft"
    HP = "hp"


@dataclass(frozen=True)
class Owner:
    """The DSM that shall own the disks of the declared arrays."""

    kind: DsmKind
    name: str | None = None
    """Friendly name of HP's DSM as the administrator knows it, None for any that looks like one; where Microsoft's
    shall own them, that of the other one."""

    @property
    def microsoft(self) -> bool:
        """Whether it is Microsoft's."""
        return self.kind is DsmKind.MICROSOFT

    @property
    def other(self) -> Owner:
        """The DSM that may have the disks instead."""
        return Owner(DsmKind.HP if self.microsoft else DsmKind.MICROSOFT, self.name)

    @property
    def label(self) -> str:
        """What sentences call it."""
        return MICROSOFT_DSM if self.microsoft else self.name or HP_DSM

    def is_it(self, friendly_name: str) -> bool:
        """Tell whether a DSM of this friendly name is it, letter case aside."""
        if self.microsoft:
            return is_microsofts(friendly_name)
        return is_named(friendly_name, self.name)


MICROSOFT: t.Final = Owner(DsmKind.MICROSOFT)


def may_be_hps_driver(service: str) -> bool:
    """Tell whether a driver service, of those that a host was asked for, is that of HP's DSM for EVA."""
    return service.casefold() not in _OF_OTHERS and not is_of_other_array(service)
