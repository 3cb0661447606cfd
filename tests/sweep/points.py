# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points of a sweep: which run is disturbed, by what, and at which of its requests."""

from __future__ import annotations

import ast
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.eva.mpio.tests.integration.profiles import PROFILES
from ansible_collections.eva.mpio.tests.sweep import disturbances, stories


class BadPoint(ValueError):
    """A point that there is not; the text says what there is."""


@dataclass(frozen=True)
class Course:
    """A story with a server of one kind: all the points along one run."""

    profile: str
    story: str
    switch: tuple[str, Any] | None = None
    """The one switch of the lab that is not in its usual position."""

    @property
    def switches(self) -> Mapping[str, Any]:
        """The switches that are not in their usual position."""
        return dict([self.switch]) if self.switch else {}

    def __str__(self) -> str:
        position = f"[{self.switch[0]}={self.switch[1]!r}]" if self.switch else ""
        return f"{self.profile}{position} {self.story}"


@dataclass(frozen=True)
class Point:
    """One disturbance of one run."""

    course: Course
    disturbance: str
    number: int
    """Of the HTTP request, from 1 on."""

    def __str__(self) -> str:
        return f"{self.course} {self.disturbance} {self.number}"

    def is_among(self, fraction: float) -> bool:
        """Tell whether it belongs to a fixed sample of this size, from 0 to 1."""
        return zlib.crc32(str(self).encode()) < fraction * 2**32

    @classmethod
    def parse(cls, text: str) -> Point:
        """Read a point as it is printed.

        Raises:
            BadPoint: it names what there is not.
        """
        try:
            kind, story, disturbance, number = text.rsplit(maxsplit=3)
            profile, _unused, position = kind.partition("[")
            name, _unused, value = position.removesuffix("]").partition("=")
            switch = (name, ast.literal_eval(value)) if position else None
            point = cls(Course(profile, story, switch), disturbance, int(number))
        except (ValueError, SyntaxError) as error:
            raise BadPoint(f'{text!r} is no point; one reads "2012r2 provision cut-after 57"') from error
        for what, known in ((profile, PROFILES), (story, stories.EACH), (disturbance, disturbances.EACH)):
            if what not in known:
                raise BadPoint(f"there is no {what!r}; there are: {', '.join(known)}")
        return point
