# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All WMI classes of the iSCSI initiator with their namespaces."""

from __future__ import annotations

from ...winrm.interface import WmiClass
from ..iscsi.initiator import Initiator
from .iscsi_driver import DriverClasses
from .iscsi_service import ServiceClasses
from .iscsi_storage import NAMESPACE, StorageClasses
from .wdm import ROOT_WMI


def classes(initiator: Initiator) -> list[tuple[str, WmiClass]]:
    """Return (namespace, class), the storage namespace's only where the release has it."""
    found = [(ROOT_WMI, item) for item in (*ServiceClasses(initiator).classes(), *DriverClasses(initiator).classes())]
    if initiator.around.release.has_storage_namespace:
        found += [(NAMESPACE, item) for item in StorageClasses(initiator).classes()]
    return found
