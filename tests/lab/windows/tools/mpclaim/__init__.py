# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mpclaim.exe: that of 6.0, and that of 6.1 and later."""

from __future__ import annotations

from .program import Mpclaim

__all__ = ["Mpclaim"]
