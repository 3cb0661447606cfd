# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the setup programs are there that the administrator names. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from .._model import Known, Part, SetupProgram
from . import classes
from .reading import Reading, first_known
from .system import literal

_PLAIN: t.Final = re.compile(r"[A-Za-z]:\\(?:[^\\/~]+\\)*[^\\/~]+(?<![. ])")
"""A path on the host as Windows shows it. CIM_DataFile (Microsoft's WMI reference) has no files of shares, and compares
``Name`` with the long name, so of a short one (``PROGRA~1``) that it finds nothing means nothing."""


def read_setup_programs(reading: Reading) -> Part[tuple[SetupProgram, ...]]:
    """Look for each by its whole path, which Windows then need not search for."""
    return first_known(lambda: Known(tuple(_look_for(path, reading) for path in reading.ways.programs)))


def _look_for(path: str, reading: Reading) -> SetupProgram:
    if not _PLAIN.fullmatch(path):
        return SetupProgram(path, None)
    found = reading.instances(classes.DATA_FILE, f"Name='{literal(path)}'")
    return SetupProgram(path, bool(found))
