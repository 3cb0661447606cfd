# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each domain step does to the truth; what it returns is what Windows says, nothing where it is content."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible_collections.eva.mpio.plugins.plugin_utils._model import NewDiskPolicy, Path, Policy, SetupRun
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps as s
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored

SILENT = "the portal does not answer"
BUSY = "0xEFFF0040: a device on that session is in use"
UNKNOWN_TARGET = "the target name is not found"
REFUSED = "0xEFFF0009: authentication failure"
DEADLINE = 20.0


def _silent(truth: Truth, step: s.Login | s.AddDiscoveryPortal) -> str:
    truth.dead_waits[(step.nic, step.portal)] += 1
    truth.clock += DEADLINE
    return SILENT


def _login(truth: Truth, step: s.Login) -> str:
    if step.target not in truth.known_targets:
        return UNKNOWN_TARGET
    local = truth.misplaced.get(step.nic, step.nic)
    array = truth.array_at(step.portal)
    if array is None or not truth.reaches(local, step.portal):
        return _silent(truth, step)
    if not array.admits(step.chap):
        return REFUSED
    truth.log_in(Path(local, step.portal, step.path.target), step.chap, step.digests)
    return ""


def _store(truth: Truth, step: s.StoreLogin | s.ReplaceLogin | s.RenewLogin) -> str:
    if step.target not in truth.known_targets:
        return UNKNOWN_TARGET
    login = stored(truth, step.path, step.chap, digests=step.digests)
    truth.store(login, step.chap)
    if truth.store_logs_in and not any(session.path == step.path for session in truth.sessions):
        truth.coming.append((truth.clock, login))
    return ""


def _remove_wrong(truth: Truth, step: s.ReplaceLogin) -> str:
    if step.wrong is not None:
        truth.remove(step.wrong)
    return ""


def _replace(truth: Truth, step: s.ReplaceLogin) -> str:
    """Put right logins in the place of the wrong one; of a path's own key Windows cannot be told which one goes."""
    if step.wrong is not None and _is_of(truth, step.wrong, step.path):
        return _renew(truth, step)
    _remove_wrong(truth, step)
    return _store(truth, step)


def _remove_all_of_path(truth: Truth, step: s.RenewLogin | s.ReplaceLogin) -> str:
    for login in [one for one in truth.logins if _is_of(truth, one, step.path)]:
        truth.remove(login)
    return "the entry could not be stored"


def _renew(truth: Truth, step: s.RenewLogin | s.ReplaceLogin) -> str:
    number = sum(_is_of(truth, login, step.path) for login in truth.logins)
    _remove_all_of_path(truth, step)
    for _unused in range(max(1, number)):
        said = _store(truth, step)
    return said


def _is_of(truth: Truth, login: t.Any, path: Path) -> bool:
    return (login.target, login.portal, truth.local_of(login.port_number)) == (path.target, path.portal, path.nic)


def _forget(truth: Truth, step: s.ForgetLogin) -> str:
    if step.login in truth.logins:
        truth.remove(step.login, truth.logins.count(step.login) - 1)
    return ""


def _remove(truth: Truth, step: s.RemoveLogin) -> str:
    truth.remove(step.entry, step.keep)
    return ""


def _set(name: str, value: t.Any) -> Callable[[Truth, t.Any], str]:
    def effect(truth: Truth, _step: t.Any) -> str:
        setattr(truth, name, value)
        return ""

    return effect


def _start(truth: Truth, _step: s.StartService) -> str:
    truth.start_service()
    for portal, nic in truth.discovery:
        truth.discover(portal, nic)
    return ""


def _node_name(truth: Truth, step: s.SetNodeName) -> str:
    truth.node_name = step.name
    return ""


def _secret(truth: Truth, _step: s.SetInitiatorSecret) -> str:
    truth.secret_set += 1
    return ""


def _install(truth: Truth, _step: s.InstallInitiator) -> str:
    truth.noted = True
    truth.package_runs += 1
    # KB977506: beside the DSM of a vendor the setup selects MPIO only.
    brings = truth.package_brings - ({"initiator"} if truth.other_dsms else set())
    if "mpio" in brings and truth.feature == "absent":
        truth.feature = "pending" if truth.feature_needs_reboot else "loaded"
    if "initiator" in brings and not truth.installed:
        truth.installed = True
        if truth.package_starts:
            truth.start_mode = "Auto"
            truth.start_service()
    return "the setup ended with code 0"


def _enable(truth: Truth, _step: s.EnableFeature) -> str:
    truth.noted = True
    truth.feature = "pending" if truth.feature_needs_reboot else "loaded"
    return ""


def _claim(truth: Truth, step: s.ClaimHardware) -> str:
    truth.noted |= not isinstance(step, s.ListHardware)
    if truth.feature == "pending" and not truth.claim_works_before_reboot:
        return "mpclaim cannot open the control driver"
    for names in (truth.claims, truth.dsm_claims):
        if names is not None:
            names.extend(name for name in step.hardware_ids if name not in names)
    if not truth.claim_needs_reboot:
        for session in truth.sessions:
            session.outside -= {lun.wwn for lun in truth.shown_by(session) if truth.claimed(lun)}
    return ""


def _unclaim(truth: Truth, step: s.UnclaimHardware) -> str:
    truth.noted = True
    for names in (truth.claims, truth.dsm_claims):
        if names is not None:
            names[:] = [name for name in names if name not in step.hardware_ids]
    return ""


def _note_setup(truth: Truth, step: s.RunDsmProgram, ended: bool) -> None:
    truth.noted = True
    truth.setup = SetupRun(isinstance(step, s.InstallDsm), step.fingerprint, ended, in_this_boot=True)


def _install_hps(truth: Truth, step: s.InstallDsm) -> str:
    said = _installed(truth)
    _note_setup(truth, step, not said)
    return said


def _installed(truth: Truth) -> str:
    if truth.traits.feature_exists and truth.feature == "absent":
        return "1603: MPIO is not installed"
    if truth.hp_leaves:
        return "1603: the removal is not complete before the restart"
    if truth.hp_works:
        truth.hp_driver = truth.hp_driver or "Boot"
    return ""


def _remove_hps(truth: Truth, step: s.RemoveDsm) -> str:
    said = _removed(truth)
    _note_setup(truth, step, not said)
    return said


def _removed(truth: Truth) -> str:
    if truth.hp_driver is None or truth.hp_leaves:
        return "1605: it is not installed"
    if not truth.hp_stays:
        truth.hp_driver, truth.hp_leaves = "Disabled", True
    return ""


def _start_mode(truth: Truth, step: s.SetServiceStart) -> str:
    if step.service == "MSiSCSI":
        truth.start_mode = step.start.value
        return ""
    if step.service == truth.traits.microsoft_dsm_driver:
        truth.microsoft_driver = step.start.value
        return ""
    if truth.hp_leaves:
        return "1072: the service is marked for deletion"
    truth.hp_driver = step.start.value
    return ""


def _take_offline(truth: Truth, step: s.TakeDiskOffline) -> str:
    truth.taken_offline.add(step.wwn)
    truth.offline.add(step.wwn)
    return ""


def _bring_online(truth: Truth, step: s.BringDiskOnline) -> str:
    truth.offline -= {step.wwn}
    truth.taken_offline -= {step.wwn}
    return ""


def _leave_to_cluster(truth: Truth, step: s.LeaveToCluster) -> str:
    truth.taken_offline -= {step.wwn}
    return ""


def _end_change(truth: Truth, step: s.EndChange) -> str:
    truth.change_begun = False
    if step.removed:
        truth.setup = None
    return ""


def _add_portal(truth: Truth, step: s.AddDiscoveryPortal) -> str:
    truth.discovery.append((step.portal, step.nic))
    if step.chap is not None:
        truth.discovery_chap[(step.portal, step.nic)] = step.chap
    if not truth.stale_discovery:
        truth.discover(step.portal, step.nic)
    array = truth.array_at(step.portal)
    if array is None or not truth.reaches(step.nic, step.portal):
        return _silent(truth, step)
    return "" if array.admits(step.chap) else REFUSED


def _take_portal(truth: Truth, step: s.RenewDiscoveryPortal) -> str:
    truth.discovery = [one for one in truth.discovery if one != (step.portal, step.nic)]
    truth.discovery_chap.pop((step.portal, step.nic), None)
    return "the entry could not be stored"


def _renew_portal(truth: Truth, step: s.RenewDiscoveryPortal) -> str:
    _take_portal(truth, step)
    return _add_portal(truth, step)


def _remove_portal(truth: Truth, step: s.RemoveDiscoveryPortal) -> str:
    nic = truth.local_of(step.entry.port_number)
    truth.discovery = [one for one in truth.discovery if one != (step.entry.portal, nic)]
    return ""


def _refresh(truth: Truth, _step: s.RefreshTargets) -> str:
    for portal, nic in truth.discovery:
        truth.discover(portal, nic)
    return ""


def _rescan(truth: Truth, _step: s.RescanDisks) -> str:
    truth.unnoticed.clear()
    return ""


def _add_isns(truth: Truth, step: s.AddIsnsServer) -> str:
    truth.isns.append(step.server)
    return ""


def _remove_isns(truth: Truth, step: s.RemoveIsnsServer) -> str:
    truth.isns.remove(step.server)
    return ""


def _bind(truth: Truth, step: s.BindVolumes) -> str:
    truth.bound = tuple(f"{letter}\\" for letter in step.volumes)
    return ""


def _depend(truth: Truth, step: s.SetServiceDependencies) -> str:
    truth.services[step.service] = step.dependencies
    return ""


def _logout(truth: Truth, step: s.Logout) -> str:
    gone = [session for session in truth.sessions if session.id == step.session]
    if truth.busy_stays and any(lun.wwn in truth.in_use for session in gone for lun in truth.shown_by(session)):
        return BUSY
    truth.sessions = [session for session in truth.sessions if session.id != step.session]
    return ""


def _policy(truth: Truth, step: s.SetPolicy) -> str:
    lun = next(lun for array in truth.arrays for lun in array.luns if lun.wwn == step.wwn)
    if step.policy is None:
        truth.policies.pop(lun.wwn, None)
    else:
        asymmetric = lun.alua and step.policy is Policy.ROUND_ROBIN
        truth.policies[lun.wwn] = Policy.ROUND_ROBIN_WITH_SUBSET if asymmetric else step.policy
    return ""


def _default_policy(truth: Truth, step: s.SetDefaultPolicy) -> str:
    if step.hardware_id is None:
        truth.dsm_policy = step.policy
    elif step.policy is None:
        truth.id_policies.pop(step.hardware_id, None)
    else:
        truth.id_policies[step.hardware_id] = step.policy
    return ""


def _hp_policy(truth: Truth, step: s.SetHpPolicy) -> str:
    truth.hp_policies[step.wwn or ""] = step.policy
    return ""


def _timer(truth: Truth, step: s.SetSetting) -> str:
    truth.timers_noted = True
    truth.timers[step.name] = step.value
    return ""


EFFECTS: dict[type[s.Step], Callable[[Truth, t.Any], str]] = {
    s.InstallInitiator: _install,
    s.SetServiceStart: _start_mode,
    s.StartService: _start,
    s.SetNodeName: _node_name,
    s.SetInitiatorSecret: _secret,
    s.EnableFeature: _enable,
    s.ClaimHardware: _claim,
    s.ListHardware: _claim,
    s.UnclaimHardware: _unclaim,
    s.InstallDsm: _install_hps,
    s.RemoveDsm: _remove_hps,
    s.BeginChange: _set("change_begun", True),
    s.EndChange: _end_change,
    s.TakeDiskOffline: _take_offline,
    s.BringDiskOnline: _bring_online,
    s.LeaveToCluster: _leave_to_cluster,
    s.AddDiscoveryPortal: _add_portal,
    s.RefreshTargets: _refresh,
    s.Login: _login,
    s.StoreLogin: _store,
    s.ReplaceLogin: _replace,
    s.ForgetLogin: _forget,
    s.Logout: _logout,
    s.SetPolicy: _policy,
    s.SetDefaultPolicy: _default_policy,
    s.SetHpPolicy: _hp_policy,
    s.RenewLogin: _renew,
    s.RemoveLogin: _remove,
    s.RenewDiscoveryPortal: _renew_portal,
    s.RemoveDiscoveryPortal: _remove_portal,
    s.RescanDisks: _rescan,
    s.AddIsnsServer: _add_isns,
    s.RemoveIsnsServer: _remove_isns,
    s.BindVolumes: _bind,
    s.SetServiceDependencies: _depend,
    s.SetSetting: _timer,
    s.SetNewDiskPolicy: _set("new_disk_policy", NewDiskPolicy.OFFLINE_SHARED),
}

REMOVALS: dict[type[s.Step], Callable[[Truth, t.Any], str]] = {
    s.ReplaceLogin: _remove_wrong,
    s.RenewLogin: _remove_all_of_path,
    s.RenewDiscoveryPortal: _take_portal,
}
"""The first half of the steps that remove and store in one command."""
