# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``mpclaim -s -d`` and ``mpclaim -s -d N`` print, parsed. Private to the collection.

Tables are found by their rules of dashes, rows by the form of their cells. Words are looked up in English tables; in
another language such a field is None. Sources: captured outputs of check_mpio and of VPLEX path tests, and the help
text of 6.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..._model import PathState, Policy, ScsiAddress
from .lines import NotUnderstood, field_of, written

_CODES: Final[Mapping[str, Policy]] = {
    "FOO": Policy.FAILOVER_ONLY,
    "RR": Policy.ROUND_ROBIN,
    "RRWS": Policy.ROUND_ROBIN_WITH_SUBSET,
    "LQD": Policy.LEAST_QUEUE_DEPTH,
    "WP": Policy.WEIGHTED_PATHS,
    "LB": Policy.LEAST_BLOCKS,
    "VS": Policy.VENDOR_SPECIFIC,
}
_STATES: Final[Mapping[str, PathState]] = {
    "Active/Optimized": PathState.ACTIVE_OPTIMIZED,
    "Active/Unoptimized": PathState.ACTIVE_UNOPTIMIZED,
    "Standby": PathState.STANDBY,
    "Unavailable": PathState.UNAVAILABLE,
}
_SYMMETRY: Final[Mapping[str, bool]] = {
    "Symmetric Access": False,
    "ALUA Not Supported": False,
    "Implicit Only": True,
}
"""Access type to whether the paths have asymmetric states; the other types of ALUA were never seen."""
_NO_DISKS: Final = "No MPIO disks are present."

_RULE = re.compile(r"\s*-{20,}\s*")
_SUMMARY = re.compile(r"\D+?(?P<number>\d{1,10}) +(?P<system>\S.*?) {2,}(?P<policy>[A-Z]{2,4}) {2,}(?P<dsm>\S.*)")
_HEADER = re.compile(r"\D*(?P<number>\d{1,10}): (?P<paths>\d{1,10}) [^,]+, [^,]+, (?P<access>.+)")
_PATH = re.compile(
    r"\s*(?P<preferred>\*?)\s*(?P<id>[0-9a-fA-F]{16})\s+(?P<state>\S.*?)\s+"
    r"(?P<address>\d{1,10}\|\d{1,10}\|\d{1,10}\|\d{1,10})\s+(?P<weight>\d{1,10})"
)
_GROUP = re.compile(r"\s*\*?\s*[^:]+:(?P<state>[^,:]+),[^,:]+: *(?P<group>\d{1,10}),.*")


@dataclass(frozen=True)
class Row:
    """A row of the list of disks."""

    number: int
    policy: Policy | None
    dsm: str


@dataclass(frozen=True)
class PathRow:
    """A path of a disk; a failed one has no row."""

    id: int
    address: ScsiAddress
    state: PathState | None
    weight: int
    preferred: bool
    group: int | None
    group_state: PathState | None


@dataclass(frozen=True)
class Detail:
    """One disk with its paths."""

    number: int
    announced: int
    """Paths that the header counts; more than have rows while paths are failed, or with a vendor's DSM."""
    alua: bool | None
    serial: str
    paths: tuple[PathRow, ...]


def disks(text: str) -> tuple[Row, ...]:
    """Read the list of disks.

    Raises:
        NotUnderstood: it is neither a list nor the English statement that there is no disk.
    """
    rows: list[Row] = []
    lines = written(text)
    rule = next((index for index, line in enumerate(lines) if _RULE.fullmatch(line)), None)
    if rule is None:
        # Lines such as "Failed to open handle ... Error 1068" may stand before the statement (check_mpio's captures).
        if lines and lines[-1].strip() == _NO_DISKS:
            return ()
        raise NotUnderstood("mpclaim -s -d", "it holds no list of disks", text)
    for line in lines[rule + 1 :]:
        match = _SUMMARY.fullmatch(line.rstrip())
        if match is None:
            raise NotUnderstood("mpclaim -s -d", f"a row has another form: {line.strip()}", text)
        rows.append(Row(int(match["number"]), _CODES.get(match["policy"]), match["dsm"]))
    return tuple(rows)


def detail(text: str) -> Detail:
    """Read one disk with its paths.

    Raises:
        NotUnderstood: it is not the description of a disk, for instance because the disk is gone.
    """
    lines = written(text)
    header = _HEADER.fullmatch(lines[0].rstrip()) if lines else None
    rule = next((index for index, line in enumerate(lines) if _RULE.fullmatch(line)), None)
    fields = [field for line in lines[1:4] if (field := field_of(line))]
    if header is None or rule is None or len(fields) < 3:
        raise NotUnderstood("mpclaim -s -d N", "it is no description of a disk", text)
    paths = _paths(lines[rule + 1 :])
    alua = _SYMMETRY.get(header["access"])
    if alua is None and paths and not any(path.group is not None for path in paths):
        alua = False  # paths of a disk without ALUA have no line with a target port group
    return Detail(
        number=int(header["number"]),
        announced=int(header["paths"]),
        alua=alua,
        serial=fields[1].value,
        paths=paths,
    )


def _paths(lines: list[str]) -> tuple[PathRow, ...]:
    paths: list[PathRow] = []
    for index, line in enumerate(lines):
        match = _PATH.fullmatch(line.rstrip())
        if match is None:
            continue
        group = _GROUP.fullmatch(lines[index + 1].rstrip()) if index + 1 < len(lines) else None
        port, bus, target, lun = (int(number) for number in match["address"].split("|"))
        paths.append(
            PathRow(
                id=int(match["id"], 16),
                address=ScsiAddress(port, bus, target, lun),
                state=_STATES.get(match["state"]),
                weight=int(match["weight"]),
                preferred=bool(match["preferred"]),
                group=int(group["group"]) if group else None,
                group_state=_STATES.get(group["state"].strip()) if group else None,
            )
        )
    return tuple(paths)
