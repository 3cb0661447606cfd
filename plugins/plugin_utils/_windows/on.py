# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step is rendered for. Private to the collection."""

from __future__ import annotations

from typing import NamedTuple

from .._model import Host
from .releases import Release
from .ways import Ways


class On(NamedTuple):
    """A host as it was read last, its release, and what the administrator chose."""

    host: Host
    release: Release
    ways: Ways
