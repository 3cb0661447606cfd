# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When secrets that cannot be read back are written."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  update_password:
    description:
      - When the CHAP secrets of the arrays, which cannot be read back, are written again. V(on_create) writes them
        with what is made anew, V(always) on every run, which then always counts as a change.
      - With V(always) M(eva.mpio.portal) stores discovery portals again with the secrets of today. M(eva.mpio.session)
        does so with stored logins, and replaces every session that stood before the run by a new one. A rotation needs
        both, or M(eva.mpio.host), which does both.
      - It goes path by path. The new session stands and shows the same LUNs before the old one is logged out, so no LUN
        has fewer paths than before. When the first path of an array cannot log in with the secret given, its other
        paths are left as they are.
      - No stored login and no session is renewed until multipath is in effect.
    type: str
    default: on_create
    choices: [on_create, always]
"""
