# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a simulated server that commands write and read: contents by path, in any letter case."""

from __future__ import annotations

import fnmatch
import ntpath
import threading

DEVICES = frozenset({"nul", "con"})
"""Names that are devices in every folder; what is written to them is gone."""


class FileStore:
    """Files outlive boots. There are no folders to be made: a path is enough."""

    def __init__(self) -> None:
        """Start with an empty disk."""
        self._files: dict[str, tuple[str, bytes]] = {}
        self._lock = threading.Lock()

    def read(self, path: str) -> bytes | None:
        """Return the contents of a file, None where there is none."""
        if is_device(path):
            return b""
        with self._lock:
            found = self._files.get(_key(path))
        return None if found is None else found[1]

    def write(self, path: str, data: bytes, append: bool = False) -> None:
        """Write a file anew, or put something behind what it holds."""
        if is_device(path):
            return
        with self._lock:
            name, held = self._files.get(_key(path), (ntpath.normpath(path), b""))
            self._files[_key(path)] = (name, held + data if append else data)

    def exists(self, path: str) -> bool:
        """Whether there is a file of this name, or one that its wildcards cover."""
        return is_device(path) or bool(self.find(path))

    def find(self, pattern: str) -> list[str]:
        """Return the paths that a name with or without wildcards covers."""
        key = _key(pattern)
        folder, name = ntpath.split(key)
        with self._lock:
            if not set(name) & set("*?"):
                return [self._files[key][0]] if key in self._files else []
            wanted = name.replace("[", "[[]")
            return [
                shown
                for path, (shown, _unused) in self._files.items()
                if ntpath.dirname(path) == folder and fnmatch.fnmatchcase(ntpath.basename(path), wanted)
            ]

    def paths(self) -> list[str]:
        """Return the paths of all files, as they were first written."""
        with self._lock:
            return [shown for shown, _unused in self._files.values()]

    def delete(self, path: str) -> bool:
        """Delete a file; return whether it was there."""
        with self._lock:
            return self._files.pop(_key(path), None) is not None


def is_device(path: str) -> bool:
    """Whether a name is that of a device, with or without a folder before it."""
    return ntpath.basename(path).rstrip(":").lower() in DEVICES


def absolute(path: str, folder: str) -> str:
    """Return a path as seen from the current folder."""
    return ntpath.normpath(ntpath.join(folder, path.strip().replace('"', "")))


def _key(path: str) -> str:
    return ntpath.normpath(path).lower()
