# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which release of Windows a host is taken for."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  assume_release:
    description:
      - The release of Windows Server that the host is taken for. Without it the build number tells.
      - A client edition of Windows, and a build that is none of these releases, are refused unless this is given. What
        then differs from the assumed release is not known to the module.
      - V(2003) is Service Pack 2 of Windows Server 2003 and 2003 R2.
    type: str
    choices: ["2003", "2008", "2008r2", "2012", "2012r2", "2016", "2019", "2022", "2025"]
"""
