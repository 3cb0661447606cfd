# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps into actions, purely. Private to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Mapping

from .._model import CHANGED_IN_THIS_BOOT, Chap, Host, Unknown
from .._plan import steps
from .._wire.masking import Secret
from .._wire.values import Value
from . import classes, iscsicli, load_balance, marker, mpclaim, path_steps, status
from .actions import Action, CannotRender, Draft, InvokeMethod, Later, action_of
from .releases import Release
from .ways import Ways


class On(t.NamedTuple):
    """What a step is rendered for."""

    host: Host
    release: Release
    ways: Ways


def render(step: steps.Step, host: Host, release: Release, ways: Ways | None = None) -> Action:
    """Return what a step comes down to on a host as it was read last.

    A rule, or a step that needs what is not known yet, comes out as :class:`.actions.Announced`. Restarting Windows
    is no action of this room.

    Raises:
        CannotRender: Windows has no command for it; the sentence says why and what to do.
    """
    renderer = _RENDERERS.get(type(step))
    if renderer is None:
        raise CannotRender(f"There is no command for the step {type(step).__name__!r}.")
    return renderer(step, On(host, release, ways or Ways()))


def _set_service_start(step: steps.SetServiceStart, on: On) -> Action:
    return _service(step.service, "ChangeStartMode", {"StartMode": "Automatic"})


def _start_service(step: steps.StartService, on: On) -> Action:
    return _service(step.service, "StartService", {})


def _service(name: str, method: str, arguments: dict[str, str]) -> Action:
    return InvokeMethod(classes.SERVICE, method, arguments, selectors={"Name": name}, results=classes.RETURN_VALUE)


def _set_node_name(step: steps.SetNodeName, on: On) -> Action:
    arguments = {"InitiatorNodeName": step.name}
    return InvokeMethod(classes.INITIATOR_METHODS, "SetIScsiInitiatorNodeName", arguments, results=classes.RETURN_VALUE)


def _set_initiator_secret(step: steps.SetInitiatorSecret, on: On) -> Action:
    return InvokeMethod(
        classes.INITIATOR_METHODS,
        "SetIScsiInitiatorCHAPSharedSecret",
        {"SharedSecret": step.secret.encode("utf-8")},
        results=classes.RETURN_VALUE,
        hidden=frozenset({"SharedSecret"}),
    )


def _refresh_targets(step: steps.RefreshTargets, on: On) -> Action:
    return InvokeMethod(classes.INITIATOR_METHODS, "RefreshTargetList", results=classes.RETURN_VALUE)


def _install_initiator(step: steps.InstallInitiator, on: On) -> Action:
    """Let ``start`` run the package to its end; it takes a quoted first argument for a title, so there is one."""
    blanks = [""] if re.search(r"[\s\"]", step.path) else []
    package = Draft("start", ("/w", *blanks, step.path, *step.arguments))
    codes = status.PACKAGE_ON_SHARE if step.path.startswith("\\\\") else status.PACKAGE
    return _changing_mpio(on, [package], codes)


def _enable_feature(step: steps.EnableFeature, on: On) -> Action:
    release = on.release
    command = release.core_feature_command if on.host.os.core else release.feature_command
    if command is None:
        raise CannotRender(f"{release.name} has no MPIO feature: MPIO comes with the package of the initiator.")
    program, *arguments = command
    codes = status.SERVER_MANAGER if program == "ServerManagerCmd" else status.SERVICING
    return _changing_mpio(on, [Draft(program, tuple(arguments))], codes)


def _claim_hardware(step: steps.ClaimHardware, on: On) -> Action:
    """Make MPIO's list where there is none: infi.wmpio does so, for mpclaim may fail without it (not documented)."""
    if not on.release.claim_list:
        raise CannotRender(f"The Microsoft DSM of {on.release.name} claims every iSCSI LUN and has no list to add to.")
    claims = on.host.claims
    none_yet = not isinstance(claims, Unknown) and not claims.value.mpio
    return _changing_mpio(on, [*([mpclaim.make_list()] if none_yet else []), mpclaim.claim(step.hardware_ids)])


def _changing_mpio(on: On, drafts: list[Draft], codes: Mapping[int, status.Status] | None = None) -> Action:
    """Put a note that MPIO was changed in this boot, unless there is one, before what may need a restart."""
    pending = () if isinstance(on.host.pending_reboot, Unknown) else on.host.pending_reboot.value
    note = [] if CHANGED_IN_THIS_BOOT in pending else [marker.write(on.host.os.booted)]
    return action_of([*note, *drafts], codes)


def _add_discovery_portal(step: steps.AddDiscoveryPortal, on: On) -> Action:
    """Name the NIC by its port number, or by its address where the portal itself will reveal the number."""
    initiator = None if isinstance(on.host.initiator, Unknown) else on.host.initiator.value
    unlisted = initiator is not None and not initiator.ports_known and initiator.number_of(step.nic) is None
    if unlisted and on.release.storage_classes:
        arguments: dict[str, Value] = {
            "TargetPortalAddress": str(step.portal.address),
            "TargetPortalPortNumber": step.portal.tcp_port,
            "InitiatorPortalAddress": str(step.nic),
            **_storage_credentials(step.chap),
        }
        # A static method: it belongs to the class, so there are no keys to ask for.
        return InvokeMethod(
            classes.MSFT_TARGET_PORTAL,
            "New",
            arguments,
            selectors={},
            results=classes.RETURN_VALUE,
            hidden=frozenset({"ChapSecret"}),
        )
    return action_of(iscsicli.draft(path_steps.add_portal(step, on.host)))


def _storage_credentials(chap: Chap | None) -> dict[str, Value]:
    """Return the arguments by which the storage management classes take CHAP."""
    if chap is None:
        return {}
    kind = "MUTUALCHAP" if chap.mutual else "ONEWAYCHAP"
    return {"AuthenticationType": kind, "ChapUsername": chap.user, "ChapSecret": Secret(chap.secret)}


def _by_iscsicli(lines: Callable[[t.Any, Host], list[iscsicli.Line]]) -> Callable[[t.Any, On], Action]:
    def renderer(step: steps.Step, on: On) -> Action:
        return action_of(iscsicli.draft(lines(step, on.host)))

    return renderer


def _log_out(step: steps.Logout, on: On) -> Action:
    if step.session is None:
        return action_of(iscsicli.draft([("LogoutTarget", Later("each session that has a successor"))]))
    return action_of(iscsicli.draft([iscsicli.logout(step.session)]))


def _add_isns_server(step: steps.AddIsnsServer, on: On) -> Action:
    return action_of(iscsicli.draft([("AddiSNSServer", step.server)]))


def _remove_isns_server(step: steps.RemoveIsnsServer, on: On) -> Action:
    return action_of(iscsicli.draft([("RemoveiSNSServer", step.server)]))


def _bind_volumes(step: steps.BindVolumes, on: On) -> Action:
    """Clear the list first: that binding drops a volume which is gone is not documented, and such a one delays boot."""
    return action_of(iscsicli.draft([("ClearPersistentDevices",), ("BindPersistentVolumes",)]))


def _set_service_dependencies(step: steps.SetServiceDependencies, on: On) -> Action:
    """Give the service control tool all of them: it replaces the list (``sc config`` help text)."""
    return action_of([Draft("sc", ("config", step.service, "depend=", "/".join(step.dependencies)))])


def _set_new_disk_policy(step: steps.SetNewDiskPolicy, on: On) -> Action:
    if not on.release.new_disk_policy:
        raise CannotRender(f"{on.release.name} has no policy for new disks.")
    return _by_diskpart("san", "policy=OfflineShared")


def _rescan_disks(step: steps.RescanDisks, on: On) -> Action:
    return _by_diskpart("rescan")


def _by_diskpart(*words: str) -> Action:
    """Type to diskpart; its exit codes are documented for scripts alone, so none of them means anything here."""
    return action_of([Draft("diskpart", typed=(words, ("exit",)))], {})


def _set_policy(step: steps.SetPolicy, on: On) -> Action:
    disks = () if isinstance(on.host.disks, Unknown) else on.host.disks.value
    disk = next((disk for disk in disks if step.wwn and disk.wwn.casefold() == step.wwn.casefold()), None)
    lun = f"LUN {step.wwn}" if step.wwn else "each LUN that appears"
    if not on.release.tool_for_policies:
        if disk is None:
            return load_balance.announced(on.release, step.policy, lun)
        return load_balance.set_policy(disk, step.policy, on.release, on.ways)
    if disk is None:
        return action_of([mpclaim.set_policy(Later(f"MPIO disk number of {lun}"), step.policy)])
    return action_of([mpclaim.set_policy_of(disk, step.policy)])


_RENDERERS: t.Final[dict[type[steps.Step], Callable[[t.Any, On], Action]]] = {
    steps.InstallInitiator: _install_initiator,
    steps.SetServiceStart: _set_service_start,
    steps.StartService: _start_service,
    steps.SetNodeName: _set_node_name,
    steps.SetInitiatorSecret: _set_initiator_secret,
    steps.RefreshTargets: _refresh_targets,
    steps.EnableFeature: _enable_feature,
    steps.ClaimHardware: _claim_hardware,
    steps.AddDiscoveryPortal: _add_discovery_portal,
    steps.RenewDiscoveryPortal: _by_iscsicli(path_steps.renew_portal),
    steps.RemoveDiscoveryPortal: _by_iscsicli(path_steps.remove_portal),
    steps.Login: _by_iscsicli(path_steps.login),
    steps.StoreLogin: _by_iscsicli(path_steps.store),
    steps.ReplaceLogin: _by_iscsicli(path_steps.replace),
    steps.RenewLogin: _by_iscsicli(path_steps.renew),
    steps.ForgetLogin: _by_iscsicli(path_steps.forget),
    steps.RemoveLogin: _by_iscsicli(path_steps.remove),
    steps.Logout: _log_out,
    steps.SetPolicy: _set_policy,
    steps.AddIsnsServer: _add_isns_server,
    steps.RemoveIsnsServer: _remove_isns_server,
    steps.RescanDisks: _rescan_disks,
    steps.BindVolumes: _bind_volumes,
    steps.SetServiceDependencies: _set_service_dependencies,
    steps.SetNewDiskPolicy: _set_new_disk_policy,
}
