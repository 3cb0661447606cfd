# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""root/cimv2: CIM_DataFile (Microsoft's WMI reference), the files on the server's own disks.

What commands and fleet files have put there are all its files: Windows' own are left out.
"""

from __future__ import annotations

import ntpath
from collections.abc import Callable, Sequence

from ...winrm.interface import WmiClass, WmiObject, WmiValue
from ..files import FileStore
from .wdm import alphabetical, ordered

_PROPERTIES = alphabetical(
    "AccessMask Archive Caption Compressed CompressionMethod CreationClassName CreationDate CSCreationClassName CSName "
    "Description Drive EightDotThreeFileName Encrypted EncryptionMethod Extension FileName FileSize FileType "
    "FSCreationClassName FSName Hidden InstallDate InUseCount LastAccessed LastModified Manufacturer Name Path "
    "Readable Status System Version Writeable"
)
_FULL_ACCESS = 0x1F01FF


class FileClasses:
    """The instances of one server. The shell, which has the files, comes after the classes."""

    def __init__(self, files: Callable[[], FileStore], computer: str) -> None:
        """Bind them to the server's files."""
        self._files = files
        self._computer = computer

    def classes(self) -> list[tuple[str, WmiClass]]:
        """Return the class with its namespace."""
        return [("root/cimv2", WmiClass("CIM_DataFile", ("Name",), _PROPERTIES, self.files))]

    def files(self) -> Sequence[WmiObject]:
        """Return CIM_DataFile: files of shares are none of its own."""
        store = self._files()
        own = [path for path in store.paths() if ntpath.splitdrive(path)[0].endswith(":")]
        return [self._file(path, len(store.read(path) or b"")) for path in own]

    def _file(self, path: str, size: int) -> WmiObject:
        """Names are in small letters, as the reference's examples show them."""
        shown = path.lower()
        drive, rest = ntpath.splitdrive(shown)
        folder, name = ntpath.split(rest)
        stem, extension = ntpath.splitext(name)
        values: dict[str, WmiValue] = {
            **dict.fromkeys(_PROPERTIES),
            "AccessMask": _FULL_ACCESS,
            "Archive": True,
            "Caption": shown,
            "Compressed": False,
            "CreationClassName": "CIM_LogicalFile",
            "CSCreationClassName": "Win32_ComputerSystem",
            "CSName": self._computer,
            "Description": shown,
            "Drive": drive,
            "Encrypted": False,
            "Extension": extension[1:],
            "FileName": stem,
            "FileSize": size,
            "FSCreationClassName": "Win32_FileSystem",
            "FSName": "NTFS",
            "Hidden": False,
            "Name": shown,
            "Path": folder.rstrip("\\") + "\\",
            "Readable": True,
            "Status": "OK",
            "System": False,
            "Writeable": True,
        }
        return ordered("CIM_DataFile", values)
