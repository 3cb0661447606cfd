# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cscript.exe with enough VBScript for an administrator's WMI scripts."""

from __future__ import annotations

from .program import Cscript

__all__ = ["Cscript"]
