# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iscsicli prints about targets, parsed (Windows 7 SDK sample ISCSICLI.C). Private to the collection.

No output of a shipping tool was ever published, so anything that differs from the sample's form is refused.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Sequence
from itertools import pairwise

from ..._model import TargetPortal
from .iscsicli import body, portal_in
from .lines import Field, NotUnderstood, field_of

_QUOTED: t.Final = re.compile(r'\s*"(.*)"\s*')
_GROUP: t.Final = re.compile(r"\D*\d{1,10}\D+(\d{1,10})\D*")
"""``Group 0 has 4 portals``: two numbers, of which the second counts."""
_EMPTY: t.Final = re.compile(r"<.*>")
"""``<This List Is Empty>``"""


def names(text: str) -> tuple[str, ...]:
    """Read ``ListTargets``: a heading and one indented name a line.

    Raises:
        NotUnderstood: it is no such list.
    """
    lines = body("iscsicli ListTargets", text)[1:]
    if any(not line.startswith(" ") or " " in line.strip() for line in lines):
        raise NotUnderstood("iscsicli ListTargets", "a line is no name of a target", text)
    return tuple(dict.fromkeys(line.strip() for line in lines))


def isns_servers(text: str) -> tuple[str, ...]:
    """Read ``ListiSNSServers``: one indented name or address a line, or a single line at the margin if there is none.

    Raises:
        NotUnderstood: it is no such list.
    """
    lines = body("iscsicli ListiSNSServers", text)
    if len(lines) == 1 and not lines[0].startswith(" "):
        return ()
    if not lines or any(not line.startswith(" ") or " " in line.strip() for line in lines):
        raise NotUnderstood("iscsicli ListiSNSServers", "a line is no name of an iSNS server", text)
    return tuple(dict.fromkeys(line.strip() for line in lines))


def mechanisms(name: str, text: str) -> tuple[str, ...]:
    """Read ``TargetInfo`` of a target: a heading and one quoted discovery mechanism a line.

    Raises:
        NotUnderstood: it is no such list, or of another target.
    """
    heading, *lines = _about(name, text)
    found = [_QUOTED.fullmatch(line) for line in lines]
    field = field_of(heading)
    if field is None or not all(found) or bool(_EMPTY.fullmatch(field.value)) == bool(found):
        raise NotUnderstood("iscsicli TargetInfo", f"the ways in which {name} was discovered have another form", text)
    return tuple(match[1] for match in found if match)


def portals(name: str, text: str) -> tuple[TargetPortal, ...]:
    """Read the portal groups out of ``TargetInfo`` of a target and one of its discovery mechanisms.

    A portal that is named by a host name is left out.

    Raises:
        NotUnderstood: the groups have not as many portals as they say, or it is of another target.
    """
    lines = [line for line in _about(name, text) if not _QUOTED.fullmatch(line)]
    groups = [place for place, line in enumerate(lines) if field_of(line) is None and _GROUP.fullmatch(line)]
    fields = [field for line in lines[: groups[0] if groups else None] if (field := field_of(line))]
    if not _announces(fields, len(groups)):
        raise NotUnderstood("iscsicli TargetInfo", f"the portal groups of {name} have another form", text)
    found: list[TargetPortal] = []
    for start, end in pairwise([*groups, len(lines)]):
        match = _GROUP.fullmatch(lines[start])
        count = int(match[1]) if match else 0
        inside = [field.value for line in lines[start + 1 : end] if (field := field_of(line))]
        sockets = [value for value in inside if re.fullmatch(r"\S+ \d{1,10}", value)]
        if len(sockets) != count:
            raise NotUnderstood(
                "iscsicli TargetInfo", f"a group of {name} announces {count} portals and shows {len(sockets)}", text
            )
        found += [portal for value in sockets if (portal := portal_in(value))]
    return tuple(dict.fromkeys(found))


def _about(name: str, text: str) -> Sequence[str]:
    """Return the lines after the one that names the target. When the tool has nothing to tell there are none."""
    lines = body("iscsicli TargetInfo", text)
    if len(lines) < 2 or name.casefold() not in lines[0].casefold():
        raise NotUnderstood("iscsicli TargetInfo", f"it tells nothing of {name}", text)
    return lines[1:]


def _announces(fields: Sequence[Field], groups: int) -> bool:
    """Tell whether the lines before the first group say how many there are.

    The last of them does if there is any; otherwise the third or, after the heading of the discovery mechanisms, the
    fourth says that the list is empty.
    """
    if groups:
        match = re.match(r"\d{1,10}", fields[-1].value) if fields else None
        return match is not None and int(match[0]) == groups
    return any(_EMPTY.fullmatch(field.value) for field in fields[2:4])
