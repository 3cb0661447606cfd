# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where iscsicli prints: sentences in the server's language, everything else as it is."""

from __future__ import annotations

from ...language import Language


class Printer:
    """Collects what one run of the program prints."""

    def __init__(self, language: Language) -> None:
        """Begin with nothing."""
        self.language = language
        self._printed: list[str] = []

    def __call__(self, text: str, /, **fields: object) -> None:
        """Print an English text of ``texts`` in the server's language."""
        self._printed.append(self.language(text, **fields))

    def verbatim(self, text: str) -> None:
        """Print what is in the server's language already, or in none."""
        self._printed.append(text)

    @property
    def text(self) -> str:
        """All that was printed."""
        return "".join(self._printed)
