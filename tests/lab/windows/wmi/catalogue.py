# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All WMI classes of a simulated server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...winrm.interface import WmiClass, WmiObject
from .. import cluster
from . import cimv2, iscsi, mpio
from . import disks as disk_classes
from .cluster_classes import ClusterClasses
from .file_classes import FileClasses
from .inputs import provider_failed, unknown_class
from .process_classes import ProcessClasses
from .stdregprov import RegistryProvider

if TYPE_CHECKING:
    from ..host import Host


class Catalogue:
    """The classes by namespace and name, and which of them answer now."""

    def __init__(self, host: Host) -> None:
        """Collect what the release and edition have."""
        self._host = host
        self.classes: dict[str, dict[str, WmiClass]] = {}
        for namespace, wmi_class in _collect(host):
            self.classes.setdefault(namespace.lower(), {})[wmi_class.name.lower()] = wmi_class

    def find(self, namespace: str, class_name: str) -> WmiClass:
        """Find a class, letter case aside.

        Raises:
            WmiFailure: 2150858778, also for a namespace that is not there (of which no recording exists)
        """
        found = self._in(namespace).get(class_name.lower())
        if found is None or not self._is_there(found):
            raise unknown_class()
        return self._readable(found)

    def family(self, namespace: str, class_name: str) -> Sequence[WmiClass]:
        """Return the class and everything derived from it.

        Raises:
            WmiFailure: 2150858778
        """
        family = [self.find(namespace, class_name)]
        for item in self._in(namespace).values():
            if item.base is not None and any(item.base.lower() == known.name.lower() for known in family):
                family.append(self._readable(item))
        return family

    def _in(self, namespace: str) -> dict[str, WmiClass]:
        return self.classes.get(namespace.replace("\\", "/").strip("/").lower(), {})

    def _is_there(self, wmi_class: WmiClass) -> bool:
        """The initiator's classes come with it: registered by its service, or with its driver."""
        name = wmi_class.name.lower()
        if name.startswith("msiscsiinitiator_"):
            return self._host.package.has_service
        return self._host.package.driver_loaded or not name.startswith(("msiscsi_", "iscsi_"))

    def _readable(self, wmi_class: WmiClass) -> WmiClass:
        """Let a class that is switched unreadable answer with a fault."""
        unreadable = {name.lower() for name in self._host.switches.embedded_arrays_readable}
        if wmi_class.name.lower() not in unreadable:
            return wmi_class

        def fault() -> Sequence[WmiObject]:
            raise provider_failed()

        return replace(wmi_class, instances=fault)


def _collect(host: Host) -> list[tuple[str, WmiClass]]:
    found = [
        *cimv2.classes(host),
        *ProcessClasses(host.name, host.release, host.life, host.desktops, host.language).classes(),
        *RegistryProvider(host.registry, host.environment, host.release).classes(),
        *FileClasses(lambda: host.shell.files, host.name).classes(),
        *iscsi.classes(host.initiator),
        *mpio.classes(host.disks),
        *disk_classes.classes(host.disks, host.features, host.language),
    ]
    if host.cluster:
        found += ClusterClasses(host.cluster, lambda: host.services.running(cluster.SERVICE)).classes()
    return found
