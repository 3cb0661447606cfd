# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of DSM announces for the time after its restarts. Private to the collection.

Each step of it waits for something, so none is taken before the change has come so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .._judge.paths import stored_halves
from .._model import Host, Path, PersistentLogin, Unknown, value_of
from .classes import login_key
from .departure import declared
from .desired import WantedDsm
from .mesh import Route
from .plan import Item, Planned
from .portals import SERVICE_RUNS, is_stored
from .preparation import INITIATOR_SERVICE
from .scene import ON_DEMAND, Change
from .steps import (
    AddDiscoveryPortal,
    BringDiskOnline,
    EnableFeature,
    EndChange,
    Login,
    PathStep,
    Reboot,
    RemoveLogin,
    SetServiceStart,
    StartService,
    StartType,
    Step,
    StoreLogin,
)
from .waits import MULTIPATH

RESTARTED = "Windows was restarted"
_AGAIN = "the steps above"
LAST = "all else is done"


def is_last(item: Item) -> bool:
    """Tell whether an item sets the start type of the initiator service, which a change does last."""
    return isinstance(item, Planned) and item.step == SetServiceStart(INITIATOR_SERVICE, reason="")


def is_restart(item: Item) -> bool:
    """Tell whether an item restarts Windows."""
    return isinstance(item, Planned) and isinstance(item.step, Reboot)


def registers(change: Change) -> str:
    """Say why Windows restarts once the wanted DSM is there."""
    return f"the {change.wanted.owner.label} takes disks only after Windows has started with it"


def bring_online(wwn: str) -> BringDiskOnline:
    """The step that ends what a run did to a disk."""
    return BringDiskOnline(wwn, was="offline", reason="a run took it offline to change its DSM")


def end_change(wanted: WantedDsm) -> EndChange:
    """The step that ends it all."""
    return EndChange(wanted.owner.microsoft, reason="everything is back", was="begun")


def after_first_restart(
    change: Change, host: Host, own: Sequence[Step], later: Sequence[Item], offline: Iterable[str]
) -> Iterator[Planned]:
    """Announce what comes after the restart by which the other DSM goes.

    Args:
        change: The change.
        host: What was read, before the other DSM has lost anything.
        own: The steps until then.
        later: What the usual plan has for a host on which the other DSM has nothing and nothing is known of paths.
        offline: The LUNs whose disks are offline then.
    """
    planned = [item for item in later if isinstance(item, Planned) and not is_last(item) and not is_restart(item)]
    if host.traits.feature_exists and not any(isinstance(item.step, EnableFeature) for item in planned):
        # mpclaim -u removes MPIO itself with the last device (help text of 6.0); what HP's removal does is not public.
        yield Planned(EnableFeature(reason="only if MPIO went with the DSM"), RESTARTED, fallback=True)
    yield from _with_what_is_known(change, host, own, list(held_back(change, planned)))
    yield from ends(host, offline)
    yield Planned(end_change(change.wanted), LAST)


def held_back(change: Change, planned: Sequence[Planned]) -> Iterator[Planned]:
    """Let what the usual plan could do now wait for a restart, and all but what brings the DSM for one more."""
    brings = [item for item in planned if _is_preparation(item)]
    yield from (_later(change, item) for item in brings)
    if brings:
        yield Planned(Reboot(again=True, reason=registers(change)), _AGAIN)
    yield from (_later(change, item) for item in planned if item not in brings)


def _is_preparation(item: Planned) -> bool:
    return item.step.needs_reboot or (item.after is None and not isinstance(item.step, StartService))


def _later(change: Change, item: Planned) -> Planned:
    if isinstance(item.step, StartService):
        return replace(
            item, step=replace(item.step, was=None), after=f"the {change.wanted.owner.label} can take the disks"
        )
    return item if item.after is not None else replace(item, after=RESTARTED)


def ends(host: Host, offline: Iterable[str]) -> Iterator[Planned]:
    """Bring the disks online again, and let the service start with Windows again."""
    yield from (Planned(bring_online(wwn), MULTIPATH) for wwn in dict.fromkeys(offline))
    on_demand = value_of(host.initiator_service).start_mode == ON_DEMAND
    reason = "stored logins are made again at boot only when the initiator service starts with Windows"
    was = StartType.MANUAL.words if on_demand else None  # otherwise this plan itself changes it before
    yield Planned(SetServiceStart(INITIATOR_SERVICE, was=was, reason=reason), LAST)


# ---- what the initiator keeps while its service stands still


def _with_what_is_known(change: Change, host: Host, own: Sequence[Step], items: Sequence[Planned]) -> Iterator[Planned]:
    """Tell the rules for paths as the paths they will be: portals, targets and logins that are stored outlive it all.

    The rules themselves stay, for what may turn out otherwise.
    """
    if isinstance(host.initiator, Unknown) or isinstance(host.portals, Unknown) or isinstance(host.logins, Unknown):
        yield from items
        return
    paths = [path for array in change.layout.arrays for path in declared(array, change, host)]
    gone = {login_key(step.entry) for step in own if isinstance(step, RemoveLogin) and not step.keep}
    kept = [login for login in host.logins.value if login_key(login) not in gone]
    back = tuple(f"session {path}" for path in paths if stored_halves(kept, value_of(host.initiator), path))
    for item in items:
        step = item.step
        if isinstance(step, StartService) and step.service == INITIATOR_SERVICE:
            yield replace(item, step=replace(step, brings=back))
        elif isinstance(step, AddDiscoveryPortal) and is_stored(Route(step.nic, step.portal), host):
            yield replace(item, fallback=True)
        elif isinstance(step, PathStep) and step.target is None and not item.fallback:
            known = [path for path in paths if (path.nic, path.portal) == (step.nic, step.portal)]
            yield from (_of_path(path, item, step, host, kept) for path in known)
            yield replace(item, fallback=bool(known))
        else:
            yield item


def _of_path(path: Path, item: Planned, rule: PathStep, host: Host, kept: Sequence[PersistentLogin]) -> Planned:
    """Tell one path of a rule; of the one that stays stored nothing need be done."""
    step = replace(rule, target=path.target)
    stays = isinstance(step, (Login, StoreLogin)) and step.number == 1
    if stays and stored_halves(kept, value_of(host.initiator), path):
        return replace(item, step=step, after=SERVICE_RUNS, fallback=True)
    return replace(item, step=step, after=MULTIPATH)
