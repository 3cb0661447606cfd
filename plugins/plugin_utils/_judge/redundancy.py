# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof per LUN that losing any one NIC, fabric, target port or controller loses no LUN. Private to the collection.

A count of paths proves nothing: three sessions over one cable are three paths. What counts is that for each thing
that can fail a working path is left that does not use it. A wished minimum of paths lets paths be missing; it never
lets the loss of one thing take a LUN away where the layout has another thing of its kind.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._model import Address, HpPolicy, MpioDisk, Path, Policy, Session, TargetPortal
from .paths import JoinedPath, is_untold, join
from .policy import is_met

T = t.TypeVar("T")
K = t.TypeVar("K")
End = tuple[Address | None, TargetPortal | None]
"""The NIC and the target portal of a path, None where Windows does not tell."""


@dataclass(frozen=True)
class Terrain:
    """What the declared layout says about NICs and portals, for one array."""

    paths: tuple[Path, ...]
    """The paths the layout gives, as far as their targets are known."""
    routes: tuple[tuple[Address, TargetPortal], ...]
    """The NICs and target portals that the layout puts together, whether or not a target is known there."""
    unknown: int
    """Paths the layout gives besides, whose target is not known or not there."""
    adapter_of_nic: Mapping[Address, str]
    """The network adapter that holds the address."""
    fabric_of_nic: Mapping[Address, str]
    """Declared fabric, or the subnet."""
    module_of_portal: Mapping[TargetPortal, str]
    """Declared modules only."""
    controller_of_portal: Mapping[TargetPortal, str]
    """Declared controllers only."""
    minimum: int | None = None
    """Working paths that are enough for a LUN, None for all that the layout gives."""

    @property
    def wanted(self) -> int:
        """Number of paths the layout gives."""
        return len(self.paths) + self.unknown


@dataclass(frozen=True)
class LunProof:
    """The verdict on one LUN with the reasons against it; no reasons means proven. Its tuples are sorted."""

    wwn: str
    array: str
    disk: MpioDisk
    paths: tuple[JoinedPath, ...]
    nics: tuple[Address, ...]
    fabrics: tuple[str, ...]
    portals: tuple[TargetPortal, ...]
    controllers: tuple[str, ...] | None
    """None where nobody declared them and Windows has no ALUA data."""
    stored: int
    """Stored halves that are right."""
    wanted_paths: int
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What is missing though the wished minimum allows it, and what is broken beside the declared paths."""
    hp_policy: HpPolicy | None = None
    """The policy of HP's DSM, which Windows does not tell; None where it was not read."""

    @property
    def working(self) -> int:
        """Number of paths that can carry I/O."""
        return sum(path.working for path in self.paths)

    @property
    def proven(self) -> bool:
        """Whether the LUN is redundant as declared."""
        return not self.reasons


def prove(
    disk: MpioDisk,
    array: str,
    terrain: Terrain,
    sessions: Iterable[Session],
    stored: Sequence[Path],
    policy: Policy | None,
) -> LunProof:
    """Judge one LUN.

    Args:
        disk: The MPIO disk.
        array: Name of its array.
        terrain: The declared layout.
        sessions: All sessions of the host.
        stored: The layout's paths whose stored half is right.
        policy: The wished policy, None when any will do.
    """
    paths = join(disk, sessions)
    working = tuple(path for path in paths if path.working and path.session is not None)
    controllers = _controllers(disk, working, terrain)
    live = {(path.nic, path.portal, (path.target or "").casefold()) for path in working}
    present = [path for path in terrain.paths if (path.nic, path.portal, path.target.casefold()) in live]
    absent = [path for path in terrain.paths if path not in present]
    missing = [
        *(f"no working path {path}" for path in absent),
        *_elsewhere(terrain),
        *_unstored(absent, stored),
        *_broken([path for path in paths if absent or _is_declared(path, terrain)], disk),
    ]
    reasons = [
        *(missing if terrain.minimum is None else _too_few(len(present), terrain)),
        *_unstored(present, stored),
        *_shared([(path.nic, path.portal) for path in working], terrain),
        *_state(disk, paths, policy),
        *_shared_controller(controllers, terrain),
    ]
    return LunProof(
        disk.wwn,
        array,
        disk,
        paths,
        tuple(sorted(_known(path.nic for path in working), key=_address_order)),
        tuple(sorted(_known(_named(terrain.fabric_of_nic, path.nic) for path in working))),
        tuple(sorted(_known(path.portal for path in working), key=_portal_order)),
        None if controllers is None else tuple(sorted(set(controllers))),
        len(stored),
        terrain.wanted,
        tuple(reasons),
        (
            *(() if terrain.minimum is None else missing),
            *(() if absent else _broken([path for path in paths if not _is_declared(path, terrain)], disk)),
        ),
    )


def _known(items: Iterable[T | None]) -> set[T]:
    return {item for item in items if item is not None}


def _named(names: Mapping[K, str], key: K | None) -> str | None:
    return None if key is None else names.get(key)


def _address_order(address: Address) -> tuple[int, int]:
    return address.version, int(address)


def _portal_order(portal: TargetPortal) -> tuple[int, int, int]:
    return (*_address_order(portal.address), portal.tcp_port)


def _elsewhere(terrain: Terrain) -> Iterator[str]:
    if terrain.unknown:
        yield f"{terrain.unknown} of {terrain.wanted} declared paths lead to no target that is known here"


def _unstored(paths: Iterable[Path], stored: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        if path not in stored:
            yield f"no right persistent login {path}, so the path is lost at the next boot"


def _too_few(present: int, terrain: Terrain) -> Iterator[str]:
    needed = min(terrain.minimum or 0, terrain.wanted)
    if present < needed:
        yield f"{present} of {terrain.wanted} declared paths work, {needed} needed"


def _shared(ends: Sequence[End], terrain: Terrain) -> Iterator[str]:
    """Name each kind of thing that all working paths use one and the same of."""
    kinds: list[tuple[str, Callable[[End], object]]] = [
        ("NIC", lambda end: end[0]),
        ("fabric", lambda end: _named(terrain.fabric_of_nic, end[0])),
        ("module", lambda end: _named(terrain.module_of_portal, end[1])),
        ("target portal", lambda end: end[1]),
    ]
    if len({nic for nic, _portal in ends}) > 1:  # of one NIC its adapter says nothing more
        kinds.insert(1, ("adapter", lambda end: _named(terrain.adapter_of_nic, end[0])))
    for kind, of in kinds:
        yield from _single(kind, [of(end) for end in ends], [of(route) for route in terrain.routes], terrain)


def _shared_controller(controllers: Sequence[str] | None, terrain: Terrain) -> Iterator[str]:
    # Target portals of undeclared controllers may be ports of as many controllers.
    offered = [terrain.controller_of_portal.get(portal, portal) for _nic, portal in terrain.routes]
    yield from _single("controller", controllers or (), offered, terrain)


def _single(kind: str, used: Sequence[object], offered: Sequence[object], terrain: Terrain) -> Iterator[str]:
    """Name what all working paths use; nothing can be said where one of them uses something unknown.

    Whoever wishes a minimum of paths accepts that a layout has only one of a kind.
    """
    if terrain.minimum is not None and len(set(offered)) < 2:
        return
    if used and used[0] is not None and all(one == used[0] for one in used):
        yield f"every working path uses {kind} {used[0]}: losing it loses the LUN"


def _is_declared(path: JoinedPath, terrain: Terrain) -> bool:
    """Tell whether a path of a disk is a declared one: Fibre Channel and sessions without a connection are none."""
    return (path.nic, path.portal) in {(one.nic, one.portal) for one in terrain.paths}


def _broken(joined: Iterable[JoinedPath], disk: MpioDisk) -> Iterator[str]:
    """Name what does not work. Of a path whose state the DSM keeps to itself only its session tells."""
    by_address = {path.address: path for path in disk.paths}
    for one in joined:
        path = by_address[one.address]
        if path.state is not None and not path.state.working:
            yield f"the path at {path.address.path} does not work"
        elif is_untold(disk, path):
            if one.session is not None and not one.working:
                yield f"the path at {path.address.path} does not work: its session {one.session.id} has no connection"
        elif path.state is None:
            yield f"it is not known whether the path at {path.address.path} works"


def _state(disk: MpioDisk, paths: Iterable[JoinedPath], policy: Policy | None) -> Iterator[str]:
    if not any(path.working for path in paths):
        yield "no path is known to work"
    if policy is not None and not is_met(disk, policy):
        actual = disk.policy.label if disk.policy else "unknown"
        yield f"its policy is {actual} instead of {policy.label}"


def _controllers(disk: MpioDisk, working: Sequence[JoinedPath], terrain: Terrain) -> tuple[str, ...] | None:
    """Return the controller behind each path: declared for all of them, else the target port groups; never inferred.

    The two are not mixed: a declared controller and a target port group may be the same thing.
    """
    declared = [terrain.controller_of_portal.get(path.portal) for path in working if path.portal is not None]
    if working and len(declared) == len(working) and None not in declared:
        return tuple(name for name in declared if name is not None)
    group_of = {path.address: path.target_port_group for path in disk.paths}
    groups = [group_of[path.address] for path in working]
    if not groups or None in groups:
        return None
    return tuple(f"target port group {group}" for group in groups)
