# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything under tests/unit may load plugins of the collection by their full names."""

from __future__ import annotations

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
