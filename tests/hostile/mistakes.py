# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mistakes that the lies have to bring to light."""

from __future__ import annotations

from typing import Any

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import reading


def trusting_reader() -> None:
    """Let the reading of pages believe that there always are items and a context."""
    honest = reading.page

    def page(body: Any, subject: str) -> reading.Page:
        _unused = body[0].find("Items").tag
        return honest(body, subject)

    reading.page = page
