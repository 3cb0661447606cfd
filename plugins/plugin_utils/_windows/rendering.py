# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps into actions, purely. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from .._model import Chap, Host, Unknown
from .._plan import steps
from .._wire.masking import Secret
from .._wire.schema import Schema
from .._wire.values import Value
from . import classes, disk_steps, installation, iscsicli, path_steps, policy_steps, settings
from .actions import Action, CannotRender, Draft, InvokeMethod, Later, action_of
from .on import On
from .releases import Release
from .ways import Ways


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
    kind = classes.DRIVER if _is_driver(step, on.host) else classes.SERVICE
    return _service(step.service, "ChangeStartMode", {"StartMode": _START_MODES[step.start]}, kind)


_START_MODES: t.Final = {
    steps.StartType.BOOT: "Boot",
    steps.StartType.AUTOMATIC: "Automatic",
    steps.StartType.MANUAL: "Manual",
    steps.StartType.DISABLED: "Disabled",
}
"""Words of ChangeStartMode's argument, one of which differs from those of the property (Win32_BaseService)."""


def _is_driver(step: steps.SetServiceStart, host: Host) -> bool:
    """Tell whether it is a driver: it is listed as one, or shall start with the kernel, which services cannot."""
    drivers = () if isinstance(host.drivers, Unknown) else host.drivers.value
    listed = step.service.casefold() in {driver.name.casefold() for driver in drivers}
    return listed or step.start is steps.StartType.BOOT or step.service == host.traits.microsoft_dsm_driver


def _set_setting(step: steps.SetSetting, on: On) -> Action:
    return settings.set_settings([step], on.host, on.release)


def _start_service(step: steps.StartService, on: On) -> Action:
    return _service(step.service, "StartService", {})


def _service(name: str, method: str, arguments: dict[str, str], kind: Schema = classes.SERVICE) -> Action:
    return InvokeMethod(kind, method, arguments, selectors={"Name": name}, results=classes.RETURN_VALUE)


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
        return action_of(iscsicli.draft([("LogoutTarget", Later(step.subject))]))
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


_RENDERERS: t.Final[dict[type[steps.Step], Callable[[t.Any, On], Action]]] = {
    **disk_steps.RENDERERS,
    **installation.RENDERERS,
    **policy_steps.RENDERERS,
    steps.SetServiceStart: _set_service_start,
    steps.SetSetting: _set_setting,
    steps.StartService: _start_service,
    steps.SetNodeName: _set_node_name,
    steps.SetInitiatorSecret: _set_initiator_secret,
    steps.RefreshTargets: _refresh_targets,
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
    steps.AddIsnsServer: _add_isns_server,
    steps.RemoveIsnsServer: _remove_isns_server,
    steps.BindVolumes: _bind_volumes,
    steps.SetServiceDependencies: _set_service_dependencies,
}
