# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of a host that was read, or the reason why it was not. Private to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

T = t.TypeVar("T")
T_co = t.TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Known(t.Generic[T_co]):
    """A part that was read. ``source`` says how: ``wmi``, ``msft``, ``registry``, ``iscsicli`` or ``mpclaim``."""

    value: T_co
    source: str = "wmi"


@dataclass(frozen=True)
class Unknown:
    """A part that could not be read, and why, as a sentence for the administrator."""

    reason: str


Part = Known[T_co] | Unknown


class NotKnown(Exception):
    """A decision needs a part of the host that is unknown; the text is the part's reason."""


def value_of(part: Known[T] | Unknown) -> T:
    """Return what was read.

    Raises:
        NotKnown: the part is unknown; whoever decides must say what that blocks.
    """
    if isinstance(part, Unknown):
        raise NotKnown(part.reason)
    return part.value
