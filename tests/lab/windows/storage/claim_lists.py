# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two lists of hardware ids that decide what the Microsoft DSM claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..registry import Registry
from .hardware_ids import PLACEHOLDER_ID, common, entries_in_force, is_listed
from .registry_values import read_strings

MPDEV_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\MPDEV"
MPDEV_LIST = "MPIOSupportedDeviceList"
MSDSM_PARAMETERS_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\msdsm\Parameters"
MSDSM_LIST = "DsmSupportedDeviceList"


@dataclass(frozen=True)
class LoadedLists:
    """The lists as the drivers hold them in memory."""

    mpio: tuple[str, ...] = ()
    msdsm: tuple[str, ...] = ()

    def cover(self, device_id: str, iscsi: bool = True) -> bool:
        """Whether the Microsoft DSM gets a device: it must be in the list of mpio.sys and in that of the DSM."""
        return is_listed(self.mpio, device_id, iscsi) and is_listed(self.msdsm, device_id, iscsi)

    def claimed_ids(self) -> tuple[str, ...]:
        """Return what both lists cover, the placeholder aside: ids, prefixes, and what stands for all of iSCSI."""
        pairs = (common(entry, other) for entry in self.msdsm for other in self.mpio)
        return tuple(dict.fromkeys(each for each in pairs if each is not None and each != PLACEHOLDER_ID))

    def entries(self) -> tuple[str, ...]:
        """Return what stands in either list, the placeholder aside."""
        return tuple(entry for entry in dict.fromkeys((*self.msdsm, *self.mpio)) if entry != PLACEHOLDER_ID)


class ClaimLists:
    """The lists in the registry."""

    def __init__(self, registry: Registry) -> None:
        """Read and write the lists of this registry."""
        self._registry = registry

    def load(self) -> LoadedLists:
        """Read both lists as the drivers do when they start."""
        return LoadedLists(
            entries_in_force(self._read(MPDEV_KEY, MPDEV_LIST)),
            entries_in_force(self._read(MSDSM_PARAMETERS_KEY, MSDSM_LIST)),
        )

    @property
    def has_device_list(self) -> bool:
        """Whether the list of mpio.sys exists at all."""
        return read_strings(self._registry, MPDEV_KEY, MPDEV_LIST) is not None

    def create(self, with_device_list: bool) -> None:
        """Make the lists of a new installation, keeping those that are there already."""
        if with_device_list and not self.has_device_list:
            self._write(MPDEV_KEY, MPDEV_LIST, [PLACEHOLDER_ID])
        if read_strings(self._registry, MSDSM_PARAMETERS_KEY, MSDSM_LIST) is None:
            self._write(MSDSM_PARAMETERS_KEY, MSDSM_LIST, [PLACEHOLDER_ID])

    def add(self, device_ids: Iterable[str]) -> None:
        """Put ids into both lists; an id that is there, letter case aside, is not added again."""
        wanted = tuple(device_ids)
        for key, name in ((MPDEV_KEY, MPDEV_LIST), (MSDSM_PARAMETERS_KEY, MSDSM_LIST)):
            entries = list(self._read(key, name))
            for device_id in wanted:
                if device_id.lower() not in {entry.lower() for entry in entries}:
                    entries.append(device_id)
            self._write(key, name, entries)

    def remove(self, device_ids: Iterable[str]) -> bool:
        """Take ids out of both lists; return whether any of them was there."""
        unwanted = {device_id.lower() for device_id in device_ids}
        found = False
        for key, name in ((MPDEV_KEY, MPDEV_LIST), (MSDSM_PARAMETERS_KEY, MSDSM_LIST)):
            entries = self._read(key, name)
            kept = [entry for entry in entries if entry.lower() not in unwanted]
            if len(kept) != len(entries):
                found = True
                self._write(key, name, kept)
        return found

    def _read(self, key: str, name: str) -> Sequence[str]:
        return read_strings(self._registry, key, name) or ()

    def _write(self, key: str, name: str, entries: Sequence[str]) -> None:
        self._registry.set(key, name, list(entries), "REG_MULTI_SZ")
