# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wished of the paths of a LUN, against the paths it has. Private to the collection.

Places (NIC, target portal, controller) become path ids here, anew for each plan: Windows' ids hold numbers of ports
that change. Which paths have to be named is that of the mpclaim help text of 6.1 and of the Windows driver sample
msdsm: for fail over only the active path, and the present one with what it shall fall back to; a policy with states or
weights falls back to its own for paths that are not named, so all that work are.

With asymmetric access the array says by target port group which paths are optimised, and where it alone may
(implicit), the DSM makes no other one active (Windows driver sample msdsm). Fail over only leaves states that are its
own and no port group's, so no other policy takes those over.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .._judge.paths import join
from .._model import NO_PATH_ID, Address, DiskPath, MpioDisk, PathState, Policy, Session, TargetPortal
from .desired import LunPolicy, Place, WantedArray, WantedPath
from .steps import PathSetting

Wish = t.TypeVar("Wish")
_ACTIVE = PathState.ACTIVE_OPTIMIZED
_NOT_USED = (PathState.STANDBY, PathState.ACTIVE_UNOPTIMIZED)
"""States in which a path carries nothing while a better one works."""


@dataclass(frozen=True)
class End:
    """A path of a LUN, and where it goes."""

    path: DiskPath
    nic: Address | None
    portal: TargetPortal | None
    controllers: frozenset[str]

    @property
    def working(self) -> bool:
        """Whether it can carry I/O."""
        return self.path.state is not None and self.path.state.working

    def is_at(self, place: Place) -> bool:
        """Tell whether it goes there."""
        return (
            place.nic in (None, self.nic)
            and place.portal in (None, self.portal)
            and (place.controller is None or place.controller in self.controllers)
        )


@dataclass(frozen=True)
class PathVerdict:
    """The paths of a LUN against what is wished of them."""

    settings: tuple[PathSetting, ...] = ()
    """The paths that have to be named when the policy is set."""
    faults: tuple[str, ...] = ()
    """What is not as wished although the policy is."""
    waits: str | None = None
    """Why the wish cannot come true now."""
    nowhere: tuple[str, ...] = ()
    """Places that no path of the LUN goes to."""
    notes: tuple[str, ...] = ()
    """What people should know of the paths, although nothing else is wished of them."""


def ends_of(disk: MpioDisk, sessions: Iterable[Session], arrays: Sequence[WantedArray] | None) -> tuple[End, ...]:
    """Return the paths of a disk with where they go; a path that no session explains goes nowhere that is known."""
    declared = {wanted.portal: wanted.controller for array in arrays or () for wanted in array.portals}
    ends = []
    for path, joined in zip(disk.paths, join(disk, sessions), strict=True):
        names = [None if joined.portal is None else declared.get(joined.portal)]
        names += [None if path.target_port_group is None else f"target port group {path.target_port_group}"]
        ends.append(End(path, joined.nic, joined.portal, frozenset(name for name in names if name is not None)))
    return tuple(ends)


def place_words(place: Place) -> str:
    """Return a place for people."""
    words = [
        *([] if place.nic is None else [f"from NIC {place.nic}"]),
        *([] if place.portal is None else [f"to target portal {place.portal}"]),
        *([] if place.controller is None else [f"to controller {place.controller}"]),
    ]
    return " ".join(words)


def details(wanted: LunPolicy) -> str:
    """Return what is wished of paths, for the line of a step."""
    words = [] if wanted.preferred is None else [f"preferred path {place_words(wanted.preferred)}"]
    for path in wanted.paths:
        what = f"weight {path.weight}" if path.weight is not None else _state_words(path.state)
        words.append(f"{place_words(path.place)} {what}")
    return "".join(f", {word}" for word in words)


def judge_paths(wanted: LunPolicy, disk: MpioDisk, ends: Sequence[End], names_all: bool) -> PathVerdict:
    """Hold the paths of a disk against a wish.

    Args:
        wanted: The wish; its policy is set.
        disk: The disk.
        ends: Its paths.
        names_all: Whether the policy is set by the DSM's method, which wants every path, the failed ones too.
    """
    places = [*([wanted.preferred] if wanted.preferred else []), *(path.place for path in wanted.paths)]
    nowhere = tuple(_unmet(place, ends) for place in places if not any(end.is_at(place) for end in ends))
    if wanted.policy is Policy.FAILOVER_ONLY:
        verdict = _fail_over(wanted, disk, ends, names_all)
    elif wanted.policy is Policy.ROUND_ROBIN_WITH_SUBSET and wanted.paths:
        verdict = _subset(wanted.paths, disk, ends, names_all)
    elif wanted.policy is Policy.WEIGHTED_PATHS and wanted.paths:
        verdict = _weighted(wanted.paths, disk, ends, names_all)
    else:
        verdict = PathVerdict(notes=tuple(_left_out(wanted, disk, ends)))
    waits = verdict.waits or (_untold(wanted, disk, ends) if names_all else None)
    return replace(verdict, waits=waits, nowhere=nowhere)


def _unmet(place: Place, ends: Sequence[End]) -> str:
    """Return a place that no path goes to, with those of its kind to which paths go."""
    ways = [
        *([] if place.nic is None else [_ways("from", "NIC", (end.nic for end in ends))]),
        *([] if place.portal is None else [_ways("to", "target portal", (end.portal for end in ends))]),
        *(
            []
            if place.controller is None
            else [_ways("to", "controller", (c for end in ends for c in end.controllers))]
        ),
    ]
    return f"{place_words(place)}, and none of its paths goes there: they go {' '.join(ways)}; correct the place"


def _ways(direction: str, kind: str, found: Iterable[object]) -> str:
    names = ", ".join(sorted({str(one) for one in found if one is not None}))
    return f"{direction} {kind} {names}" if names else f"{direction} no {kind} that is known"


def _left_out(wanted: LunPolicy, disk: MpioDisk, ends: Sequence[End]) -> Iterator[str]:
    """Name the paths that stand by because somebody said so before, and nothing is wished of any."""
    if wanted.policy is not Policy.ROUND_ROBIN_WITH_SUBSET or disk.policy is not wanted.policy:
        return
    for end in ends:
        if end.path.state is PathState.STANDBY and disk.natural_state(end.path) is not PathState.STANDBY:
            yield (
                f"the path {_way(end)} stands by, as it was set before: states of which nothing is wished stay as they"
                " are; name the path with its state (paths), or clear the policy once"
            )


def _untold(wanted: LunPolicy, disk: MpioDisk, ends: Sequence[End]) -> str | None:
    """Say why the method could not be told of every path; the tool is never told of one that it does not list."""
    if not disk.instance or not ends:
        return "Windows does not tell its paths"
    lost = [str(end.path.address) for end in ends if end.path.id == NO_PATH_ID]
    if lost:
        return (
            f"the DSM wants the id of every path, and neither its policy nor MPIO's descriptor tells that of the failed"
            f" path at {', '.join(lost)}: bring it back, or let Windows give it up"
        )
    if len({end.path.id for end in ends}) < len(ends):
        return "Windows gives two of its paths the same id"
    stateless = [str(end.path.address) for end in ends if not end.working and end.path.target_port_group_state is None]
    if disk.alua and stateless and wanted.policy is not Policy.FAILOVER_ONLY:
        return (
            f"the DSM wants every path in the state of its target port group, and Windows does not tell that of the"
            f" failed path at {', '.join(stateless)}: bring it back, or let Windows give it up"
        )
    return None


def _fail_over(wanted: LunPolicy, disk: MpioDisk, ends: Sequence[End], names_all: bool) -> PathVerdict:
    preferred = [end for end in ends if wanted.preferred is not None and end.is_at(wanted.preferred)]
    reachable = [end for end in preferred if end.working]
    active = _choose_active(wanted, disk, ends, reachable)
    if active is None:
        return PathVerdict(waits="fail over only needs an active path, and none works that may be it")
    if disk.policy is Policy.FAILOVER_ONLY and preferred and not reachable:
        return PathVerdict(waits=f"the preferred path {_words(wanted.preferred)} does not work now")
    # The examples of mpclaim's help text prefer the path that they make active; the method is told of a wish only.
    chosen = active in reachable if wanted.preferred is not None else not names_all
    settings = [PathSetting(active.path.id, _ACTIVE, preferred=chosen)]
    other = None if chosen else _preferred_besides(wanted, reachable)
    if other is not None:
        settings.append(PathSetting(other.path.id, PathState.STANDBY, preferred=True))
    if disk.policy is Policy.FAILOVER_ONLY:
        settings += _demoted(ends, {setting.id for setting in settings})
    notes = () if other is None else (_not_optimised(wanted, active),)
    return PathVerdict(tuple(settings), _fail_over_faults(wanted, ends, reachable), notes=notes)


def _choose_active(wanted: LunPolicy, disk: MpioDisk, ends: Sequence[End], preferred: Sequence[End]) -> End | None:
    """Return the path that is to be active: of those that may be one that the array has optimised, where there is."""
    allowed = [end for end in ends if end.working and _may_be_active(end, wanted.paths)]
    optimised = [end for end in allowed if disk.natural_state(end.path) is _ACTIVE]
    return min(optimised or allowed, key=lambda end: _rank(end, preferred), default=None)


def _preferred_besides(wanted: LunPolicy, preferred: Sequence[End]) -> End | None:
    """Return the path to prefer where another one is active.

    That the DSM takes a preference for a path that is not the active one is read from its rules: one active path, and
    at most one preferred (Windows driver sample msdsm).
    """
    spare = [end for end in preferred if _may_be_active(end, wanted.paths)]
    return min(spare, key=lambda end: _rank(end, preferred), default=None)


def _demoted(ends: Sequence[End], named: Collection[int]) -> Iterator[PathSetting]:
    """What is active now must be demoted in the command that makes another path active (mpclaim help text of 6.1)."""
    for end in ends:
        if end.path.state is _ACTIVE and end.path.id not in named:
            yield PathSetting(end.path.id, PathState.STANDBY)


def _not_optimised(wanted: LunPolicy, active: End) -> str:
    return (
        f"its preferred path {_words(wanted.preferred)} is one that the array does not have optimised: the path"
        f" {_way(active)} is used while the array has it so"
    )


def _rank(end: End, preferred: Sequence[End]) -> tuple[bool, bool, bool, int]:
    return end not in preferred, not end.path.preferred, end.path.state is not _ACTIVE, end.path.id


def _may_be_active(end: End, wanted: Sequence[WantedPath]) -> bool:
    state = _wish_for(end, wanted, lambda path: path.state)
    if state is None:
        return not any(path.state is _ACTIVE for path in wanted)
    return state is _ACTIVE


def _fail_over_faults(wanted: LunPolicy, ends: Sequence[End], preferred: Sequence[End]) -> tuple[str, ...]:
    working = [end for end in ends if end.working]
    active = [end for end in working if end.path.state is _ACTIVE]
    faults = []
    if preferred:
        # The first version of the class, which is all that 2003 has, knows no preference: there the active path counts.
        told = any(end.path.preferred is not None for end in working)
        chosen = [end for end in working if end.path.preferred] if told else active
        if not chosen or not all(end in preferred for end in chosen):
            faults.append(f"its preferred path is not the one {_words(wanted.preferred)}")
    if wanted.paths and not all(_may_be_active(end, wanted.paths) for end in active):
        faults.append("its active path is another one than wished")
    return tuple(faults)


def _subset(wanted: Sequence[WantedPath], disk: MpioDisk, ends: Sequence[End], names_all: bool) -> PathVerdict:
    wishes = {end: _wish_for(end, wanted, lambda path: path.state) for end in ends}
    states = {end: state or _present_state(end, disk) for end, state in wishes.items()}
    if not any(states[end] is _ACTIVE for end in ends if end.working):
        return PathVerdict(waits="with the wished states none of its working paths would be active")
    faults = tuple(
        f"the path {_way(end)} is {_state_words(end.path.state)} instead of {_state_words(wish)}"
        for end, wish in wishes.items()
        if end.working and wish is not None and not _is_state(end.path.state, wish)
    )
    settings = (PathSetting(end.path.id, states[end]) for end in _named(wishes, names_all))
    return PathVerdict(tuple(settings), faults)


def _weighted(wanted: Sequence[WantedPath], disk: MpioDisk, ends: Sequence[End], names_all: bool) -> PathVerdict:
    wishes = {end: _wish_for(end, wanted, lambda path: path.weight) for end in ends}
    faults = tuple(
        f"the path {_way(end)} has weight {end.path.weight} instead of {wish}"
        for end, wish in wishes.items()
        if end.working and wish is not None and end.path.weight != wish
    )
    present = disk.policy is Policy.WEIGHTED_PATHS
    weights = {
        end: wish if wish is not None else (end.path.weight or 0 if present else 0) for end, wish in wishes.items()
    }
    settings = (
        PathSetting(end.path.id, disk.natural_state(end.path), weights[end]) for end in _named(wishes, names_all)
    )
    return PathVerdict(tuple(settings), faults)


def _named(wishes: Mapping[End, object], names_all: bool) -> Iterator[End]:
    """Return the paths to name: those that work, and for the method failed ones of which something is wished."""
    return (end for end, wish in wishes.items() if end.working or (names_all and wish is not None))


def _present_state(end: End, disk: MpioDisk) -> PathState:
    """Return the state of a path of which nothing is wished: its own where states are set, else its natural one."""
    if disk.policy is Policy.ROUND_ROBIN_WITH_SUBSET and end.working and end.path.state is not None:
        return end.path.state
    return disk.natural_state(end.path)


def _wish_for(end: End, wanted: Sequence[WantedPath], of: Callable[[WantedPath], Wish | None]) -> Wish | None:
    """Return what the first wish says that is about a path."""
    return next((value for path in wanted if end.is_at(path.place) and (value := of(path)) is not None), None)


def _is_state(actual: PathState | None, wish: PathState) -> bool:
    return actual is wish or (wish is PathState.STANDBY and actual in _NOT_USED)


def _state_words(state: PathState | None) -> str:
    return "unknown" if state is None else "active" if state is _ACTIVE else state.name.lower().replace("_", " ")


def _way(end: End) -> str:
    return f"{end.nic or 'unknown NIC'} -> {end.portal or end.path.address}"


def _words(place: Place | None) -> str:
    return "" if place is None else place_words(place)
