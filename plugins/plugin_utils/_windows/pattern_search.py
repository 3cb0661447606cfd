# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searching with a regular expression that somebody else wrote, for a limited time. Private to the collection.

Python's regular expressions try alternatives without end where repetitions are nested, as in ``(x+)+$``, and nothing in
the same process stops them. So this file is run as a program of its own, which can be ended: it imports nothing of the
collection, and takes and gives JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from collections.abc import Mapping, Sequence

SECONDS: t.Final = 10.0
"""An expression without the fault needs milliseconds for the longest output that a host may send."""

Groups = Mapping[str, "str | None"]
"""The named groups of a match."""


class SearchFailed(Exception):
    """There is no result; the text is a clause that says why."""


def search(pattern: str, texts: Sequence[str]) -> tuple[tuple[Groups, ...], ...]:
    """Return the matches of an expression in each text, letter case aside, ``^`` and ``$`` at each line.

    Args:
        pattern: A regular expression that compiles.
        texts: Where to search.

    Raises:
        SearchFailed: it takes longer than :data:`SECONDS`, or the program cannot be started.
    """
    question = json.dumps({"pattern": pattern, "texts": list(texts)})
    # Neither the environment nor the user's own packages matter to it (-I), nor installed ones (-S).
    command = (sys.executable, "-I", "-S", __file__)
    try:
        done = subprocess.run(  # noqa: S603 - this file, by this Python
            command, input=question, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise SearchFailed(
            f"did not come to an end within {SECONDS:g} seconds; repetitions inside repetitions, such as (\\w+)+, try"
            " endlessly many ways: write it without them"
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise SearchFailed(f"could not be tried, because Python could not be started for it: {error}") from error
    found: list[list[dict[str, str | None]]] = json.loads(done.stdout)
    return tuple(tuple(matches) for matches in found)


def _answer(question: t.Any) -> list[list[dict[str, str | None]]]:
    expression = re.compile(question["pattern"], re.IGNORECASE | re.MULTILINE)
    return [[match.groupdict() for match in expression.finditer(text)] for text in question["texts"]]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(json.load(sys.stdin))))
