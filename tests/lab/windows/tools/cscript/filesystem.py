# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``Scripting.FileSystemObject`` on the files of the simulated server: whole files, read and written as text."""

from __future__ import annotations

import ntpath
from collections.abc import Callable

from ...files import FileStore
from . import errors
from .errors import ScriptError
from .values import EMPTY, ScriptObject, Value, to_boolean, to_long, to_string
from .wscript import InputStream

_FOR_READING, _FOR_WRITING, _FOR_APPENDING = 1, 2, 8


class FileSystem(ScriptObject):
    """The object."""

    type_name = "FileSystemObject"

    def __init__(self, files: FileStore, locate: Callable[[str], str], codec: str) -> None:
        """``locate`` makes a path absolute; ``codec`` is that of the text."""
        self._files = files
        self._locate = locate
        self._codec = codec

    def _path(self, name: Value) -> str:
        return self._locate(to_string(name))

    def vb_fileexists(self, name: Value) -> Value:
        """Whether there is such a file."""
        return self._files.exists(self._path(name))

    def vb_deletefile(self, name: Value, force: Value = False) -> Value:
        """Delete a file, or what wildcards cover."""
        found = self._files.find(self._path(name))
        if not found:
            raise ScriptError(errors.FILE_NOT_FOUND)
        for path in found:
            self._files.delete(path)
        return EMPTY

    def vb_getfilename(self, name: Value) -> Value:
        """Return the last part of a path."""
        return ntpath.basename(to_string(name))

    def vb_getparentfoldername(self, name: Value) -> Value:
        """Return a path without its last part."""
        return ntpath.dirname(to_string(name))

    def vb_buildpath(self, folder: Value, name: Value) -> Value:
        """Join two parts."""
        return ntpath.join(to_string(folder), to_string(name))

    def vb_createtextfile(self, name: Value, overwrite: Value = True, unicode: Value = False) -> Value:
        """Make a file to write into."""
        path = self._path(name)
        if self._files.exists(path) and not to_boolean(overwrite):
            raise ScriptError(errors.FILE_EXISTS)
        self._files.write(path, b"")
        return FileWriter(self._files, path, self._codec)

    def vb_opentextfile(self, name: Value, mode: Value = _FOR_READING, create: Value = False, kind: Value = 0) -> Value:
        """Open a file to read, to write anew, or to write behind what it holds."""
        path, wanted = self._path(name), to_long(mode)
        data = self._files.read(path)
        if data is None and not to_boolean(create):
            raise ScriptError(errors.FILE_NOT_FOUND)
        if wanted == _FOR_READING:
            text = (data or b"").decode(self._codec, errors="replace")
            return InputStream(lambda: text)
        if wanted not in (_FOR_WRITING, _FOR_APPENDING):
            raise ScriptError(errors.INVALID_CALL)
        if data is None or wanted == _FOR_WRITING:
            self._files.write(path, b"")
        return FileWriter(self._files, path, self._codec)


class FileWriter(ScriptObject):
    """A file that is open to be written."""

    type_name = "TextStream"

    def __init__(self, files: FileStore, path: str, codec: str) -> None:
        """Write behind what the file holds."""
        self._files = files
        self._path = path
        self._codec = codec

    def vb_write(self, text: Value) -> Value:
        """Write."""
        self._files.write(self._path, to_string(text).encode(self._codec, errors="replace"), append=True)
        return EMPTY

    def vb_writeline(self, text: Value = "") -> Value:
        """Write a line."""
        return self.vb_write(to_string(text) + "\r\n")

    def vb_close(self) -> Value:
        """Do nothing: what was written is there already."""
        return EMPTY
