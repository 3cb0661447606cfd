# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Setting a disk's policy by the DSM's own methods, for releases without a tool that can. Private to the collection.

The rules are those of windows-driver-docs dsm-* and of the Windows driver sample msdsm: the object names every path
that the DSM knows, each by its real id and each once; Fail Over Only has exactly one active path and at most one
preferred; with the other policies all paths are active, or in the state that their target port group has. What the DSM
determines itself (support for asymmetric access, target port groups) is sent as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .._model import NO_PATH_ID, DiskPath, MpioDisk, PathState, Policy
from .._plan.steps import PathSetting
from .._wire.values import Struct, Value
from . import classes
from .actions import Action, Announced, CannotRender, InvokeMethod, InvokeOrRun, RunScript
from .releases import Release
from .script import Script, object_path
from .ways import Ways

_FLAGS: Mapping[PathState, tuple[int, int]] = {
    PathState.ACTIVE_OPTIMIZED: (1, 1),
    PathState.ACTIVE_UNOPTIMIZED: (1, 0),
    PathState.STANDBY: (0, 1),
    PathState.UNAVAILABLE: (0, 0),
}
"""PrimaryPath and OptimizedPath (windows-driver-docs, MPIO_DSM_Path_V2)."""
_NO_POLICY: Final = 0
"""Takes a disk's own policy away (mpclaim help text of 6.1; Windows driver sample msdsm)."""


def announced(release: Release, policy: Policy | None, lun: str) -> Announced:
    """Return what will be done for a LUN whose MPIO disk is not known yet."""
    version = "DsmSetLoadBalancePolicy" if release.policy_class is classes.LOAD_BALANCE_V1 else "<by its paths>"
    what = f"MPIO disk of {lun}"
    return Announced(f"{classes.DSM_OPERATIONS.name}[<{what}>].{version}(policy {_number(policy)})", what)


def set_policy(
    disk: MpioDisk, policy: Policy | None, given: Sequence[PathSetting], release: Release, ways: Ways
) -> Action:
    """Return the call, the script, or both, that sets the policy of a disk.

    Args:
        disk: The disk.
        policy: Its policy, None to take its own away: the DSM looks at nothing else then (Windows driver sample msdsm).
        given: How some of its paths shall be; the others are told as the policy wants them.
        release: The release.
        ways: How methods are called.

    Raises:
        CannotRender: the DSM would refuse it, or what it wants to be told is not known.
    """
    if policy is not None:
        _check(disk, policy, release)
    if policy is Policy.ROUND_ROBIN and disk.alua:
        # The method refuses it; mpclaim makes the other of it by itself (help text of 6.1).
        policy = Policy.ROUND_ROBIN_WITH_SUBSET
    # As Microsoft's example for 2008 does it: the second version where a path tells of asymmetric access. It alone can
    # say which path is preferred; that the DSM takes it for that without asymmetric access too is inferred.
    alua = any(path.target_port_group is not None for path in disk.paths)
    prefers = any(setting.preferred for setting in given)
    second = (alua or prefers) and release.policy_class is classes.LOAD_BALANCE_V2
    method = "DsmSetLoadBalancePolicyALUA" if second else "DsmSetLoadBalancePolicy"
    settings = _settings(disk, policy, given)
    call = InvokeMethod(
        classes.DSM_OPERATIONS,
        method,
        {"LoadBalancePolicy": _object(policy, settings, second)},
        selectors={"InstanceName": disk.instance},
        results=classes.DSM_STATUS,
        code="Status",
    )
    if ways.method_calls == "wsman":
        return call
    script = _script(disk, method, policy, settings)
    return script if ways.method_calls == "script" else InvokeOrRun(call, script)


def _number(policy: Policy | None) -> int:
    return _NO_POLICY if policy is None else policy.value


def _check(disk: MpioDisk, policy: Policy, release: Release) -> None:
    if policy not in release.policies:
        known = ", ".join(sorted(one.label for one in release.policies))
        raise CannotRender(f"The Microsoft DSM of {release.name} has no policy {policy.label}; it has {known}.")
    identifiers = [path.id for path in disk.paths]
    if not disk.instance or not identifiers or NO_PATH_ID in identifiers:
        raise CannotRender(
            f"The DSM wants the id of every path of LUN {disk.wwn}, and Windows does not tell them all: bring its"
            " failed paths back first."
        )
    if len(set(identifiers)) < len(identifiers):
        raise CannotRender(f"Windows gives two paths of LUN {disk.wwn} the same id, so its policy cannot be set.")


def _object(policy: Policy | None, settings: Sequence[PathSetting], second: bool) -> Struct:
    members: dict[str, Value] = {
        "Version": 2 if second else 1,
        "LoadBalancePolicy": _number(policy),
        "DSMPathCount": len(settings),
        "Reserved": 0,
        "DSM_Paths": tuple(_second(setting) if second else _first(setting) for setting in settings),
    }
    return Struct(classes.POLICY_V2 if second else classes.POLICY_V1, members)


def _first(setting: PathSetting) -> Struct:
    """Return a path for the first version of the method."""
    primary, _optimized = _FLAGS[setting.state]
    members = {"DsmPathId": setting.id, "Reserved": 0, "PathWeight": setting.weight, "PrimaryPath": primary}
    return Struct(classes.DSM_PATH_V1, members)


def _second(setting: PathSetting) -> Struct:
    """Return a path for the second version."""
    primary, optimized = _FLAGS[setting.state]
    members: dict[str, Value] = {
        "DsmPathId": setting.id,
        "Reserved": 0,
        "PathWeight": setting.weight,
        "PrimaryPath": primary,
        "OptimizedPath": optimized,
        "PreferredPath": int(setting.preferred),
    }
    own = (
        *("FailedPath", "TargetPortGroup_State", "ALUASupport", "SymmetricLUA", "TargetPortGroup_Preferred"),
        *("TargetPortGroup_Identifier", "TargetPort_Identifier", "Reserved32", "Reserved64"),
    )
    return Struct(classes.DSM_PATH_V2, {**members, **dict.fromkeys(own, 0)})


def _script(disk: MpioDisk, method: str, policy: Policy | None, settings: Sequence[PathSetting]) -> RunScript:
    where = object_path(classes.DSM_OPERATIONS.name, disk.instance)
    arguments = (where, method, str(_number(policy)), *(_word(setting) for setting in settings))
    return RunScript(Script(arguments=arguments))


def _word(setting: PathSetting) -> str:
    """Return a path as an argument of the script."""
    return ":".join(map(str, (setting.id, setting.weight, *_FLAGS[setting.state], int(setting.preferred))))


def _settings(disk: MpioDisk, policy: Policy | None, given: Sequence[PathSetting]) -> tuple[PathSetting, ...]:
    """Return every path of the disk as it shall be."""
    wished = {setting.id: setting for setting in given}
    return tuple(
        wished.get(path.id, PathSetting(path.id, _state(path, disk, policy), path.weight or 0)) for path in disk.paths
    )


def _state(path: DiskPath, disk: MpioDisk, policy: Policy | None) -> PathState:
    """Return the state of a path of which nothing is wished: with fail over only it stands by."""
    return PathState.STANDBY if policy is Policy.FAILOVER_ONLY else disk.natural_state(path)
