# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""shutdown.exe: shuts the server down or restarts it after a while."""

from __future__ import annotations

from ...winrm.interface import ProcessResult
from ..life import ERROR_SHUTDOWN_IN_PROGRESS, ERROR_SHUTDOWN_IS_SCHEDULED, Life, ShutdownError
from ..programs import ProgramContext, console_bytes
from ..releases import Release

TEXTS = {
    "usage": 'Usage: shutdown [/s | /r | /a] [/f] [/t seconds] [/c "comment"] [/d [p|u:]xx:yy]\n',
    1115: "A system shutdown is in progress.(1115)\n",
    1116: "Unable to abort the system shutdown because no shutdown was in progress.(1116)\n",
    1190: "A system shutdown has already been scheduled.(1190)\n",
}
_DEFAULT_DELAY = 30
_MAXIMUM_DELAY = 315360000
_MAXIMUM_DELAY_OF_2003 = 600
"""Help text of shutdown.exe 5.x."""
_USAGE_EXIT_CODE = 1


class Shutdown:
    """The program, bound to one server's life."""

    def __init__(self, life: Life, release: Release) -> None:
        """Bind the program."""
        self._life = life
        self._since_vista = release.since_vista

    def __call__(self, argv: list[str], context: ProgramContext) -> ProcessResult:
        """Schedule or abort; returns at once."""
        try:
            action, delay = _read(argv, _MAXIMUM_DELAY if self._since_vista else _MAXIMUM_DELAY_OF_2003)
            if action == "g" and not self._since_vista:
                raise ValueError(action)
        except ValueError:
            return ProcessResult(
                console_bytes(context.language(TEXTS["usage"]), context.code_page), b"", _USAGE_EXIT_CODE
            )
        try:
            if action == "a":
                self._life.abort()
            elif action in ("r", "s", "g"):
                self._life.schedule(delay, restart=action in ("r", "g"))
            else:
                return ProcessResult(console_bytes(context.language(TEXTS["usage"]), context.code_page))
        except ShutdownError as error:
            code = error.code
            if code == ERROR_SHUTDOWN_IS_SCHEDULED and not self._since_vista:
                code = ERROR_SHUTDOWN_IN_PROGRESS  # 1190 came with Vista
            return ProcessResult(b"", console_bytes(context.language(TEXTS[code]), context.code_page), code)
        return ProcessResult()


def _read(argv: list[str], maximum_delay: int) -> tuple[str, int]:
    """Return the action letter and the delay.

    Raises:
        ValueError: an argument that shutdown does not know.
    """
    action, delay = "", _DEFAULT_DELAY
    words = iter(argv)
    for word in words:
        switch = word[1:].lower() if word[:1] in ("/", "-") else None
        if switch in ("r", "s", "a", "g"):
            action = switch
        elif switch == "t":
            delay = int(next(words, ""))
            if not 0 <= delay <= maximum_delay:
                raise ValueError(delay)
        elif switch in ("c", "d", "m"):
            next(words, "")
        elif switch not in ("f", "soft", "hybrid"):
            raise ValueError(word)
    return action, delay
