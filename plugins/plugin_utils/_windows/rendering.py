# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps into actions, purely. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable

from .._model import Address, Chap, Host, PersistentLogin, Unknown, same_name
from .._plan import steps
from .._wire.masking import Secret
from .._wire.values import Value
from . import classes, iscsicli, mpclaim
from .actions import Action, CannotRender, Draft, DraftWord, InvokeMethod, Later, action_of
from .iscsicli import Endpoint
from .releases import Release

StepType = t.TypeVar("StepType", bound=steps.Step)


def render(step: steps.Step, host: Host, release: Release) -> Action:
    """Return what a step comes down to on a host as it was read last.

    A rule, or a step that needs what is not known yet, comes out as :class:`.actions.Announced`. Restarting Windows
    is no action of this room.

    Raises:
        CannotRender: Windows has no command for it; the sentence says why and what to do.
    """
    renderer = _RENDERERS.get(type(step))
    if renderer is None:
        raise CannotRender(f"There is no command for the step {type(step).__name__!r}.")
    return renderer(step, host, release)


def _set_service_start(step: steps.SetServiceStart, host: Host, release: Release) -> Action:
    return _service(step.service, "ChangeStartMode", {"StartMode": "Automatic"})


def _start_service(step: steps.StartService, host: Host, release: Release) -> Action:
    return _service(step.service, "StartService", {})


def _service(name: str, method: str, arguments: dict[str, str]) -> Action:
    return InvokeMethod(classes.SERVICE, method, arguments, selectors={"Name": name}, results=classes.RETURN_VALUE)


def _set_node_name(step: steps.SetNodeName, host: Host, release: Release) -> Action:
    arguments = {"InitiatorNodeName": step.name}
    return InvokeMethod(classes.INITIATOR_METHODS, "SetIScsiInitiatorNodeName", arguments, results=classes.RETURN_VALUE)


def _set_initiator_secret(step: steps.SetInitiatorSecret, host: Host, release: Release) -> Action:
    return InvokeMethod(
        classes.INITIATOR_METHODS,
        "SetIScsiInitiatorCHAPSharedSecret",
        {"SharedSecret": step.secret.encode("utf-8")},
        results=classes.RETURN_VALUE,
        hidden=frozenset({"SharedSecret"}),
    )


def _refresh_targets(step: steps.RefreshTargets, host: Host, release: Release) -> Action:
    return InvokeMethod(classes.INITIATOR_METHODS, "RefreshTargetList", results=classes.RETURN_VALUE)


def _enable_feature(step: steps.EnableFeature, host: Host, release: Release) -> Action:
    program, *arguments = release.feature_command
    return action_of([Draft(program, tuple(arguments))])


def _claim_hardware(step: steps.ClaimHardware, host: Host, release: Release) -> Action:
    """Make MPIO's list where there is none: infi.wmpio does so, for mpclaim may fail without it (not documented)."""
    none_yet = not isinstance(host.claims, Unknown) and not host.claims.value.mpio
    return action_of([*([mpclaim.make_list()] if none_yet else []), mpclaim.claim(step.hardware_ids)])


def _add_discovery_portal(step: steps.AddDiscoveryPortal, host: Host, release: Release) -> Action:
    """Name the NIC by its port number, or by its address where the portal itself will reveal the number."""
    initiator = None if isinstance(host.initiator, Unknown) else host.initiator.value
    unlisted = initiator is not None and not initiator.ports_known and initiator.number_of(step.nic) is None
    if unlisted and release.storage_classes:
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
    return action_of(iscsicli.draft([iscsicli.add_portal(step.portal, _endpoint(host, step.nic), step.chap)]))


def _storage_credentials(chap: Chap | None) -> dict[str, Value]:
    """Return the arguments by which the storage management classes take CHAP."""
    if chap is None:
        return {}
    kind = "MUTUALCHAP" if chap.mutual else "ONEWAYCHAP"
    return {"AuthenticationType": kind, "ChapUsername": chap.user, "ChapSecret": Secret(chap.secret)}


def _log_in(step: steps.Login, host: Host, release: Release) -> Action:
    return action_of(iscsicli.draft([_login("LoginTarget", step, host)]))


def _store_login(step: steps.StoreLogin, host: Host, release: Release) -> Action:
    return action_of(iscsicli.draft([_login("PersistentLoginTarget", step, host)]))


def _replace_login(step: steps.ReplaceLogin, host: Host, release: Release) -> Action:
    """Remove the wrong login, then store the right one: the other way round an equal key would remove both."""
    right = _login("PersistentLoginTarget", step, host)
    if step.wrong is None:
        return action_of(iscsicli.draft([("RemovePersistentTarget", Later("the wrong persistent login")), right]))
    others = (iscsicli.store_again(login, step.chap) for login in _swept_away(step.wrong, host))
    return action_of(iscsicli.draft([iscsicli.remove_login(step.wrong), right, *others]))


def _forget_login(step: steps.ForgetLogin, host: Host, release: Release) -> Action:
    if step.login is None:
        return action_of(iscsicli.draft([("RemovePersistentTarget", Later("the persistent login of that path"))]))
    return action_of(iscsicli.draft([iscsicli.remove_login(step.login)]))


def _swept_away(wrong: PersistentLogin, host: Host) -> Iterable[PersistentLogin]:
    """Return the stored logins that a removal takes along.

    RemovePersistentTarget knows "all ports" but not "the one that is stored for any port" (SDK sample ISCSICLI.C), so
    removing such a login removes those of the same target, portal and instance that are bound to a NIC.
    """
    if wrong.port_number is not None:
        return ()
    if isinstance(host.logins, Unknown):
        raise CannotRender(f"A persistent login can only be replaced while they can be read: {host.logins.reason}.")
    return (
        login
        for login in host.logins.value
        if login.port_number is not None
        and same_name(login.target, wrong.target)
        and login.portal == wrong.portal
        and (wrong.instance is None or (login.instance or "").casefold() == wrong.instance.casefold())
    )


def _log_out(step: steps.Logout, host: Host, release: Release) -> Action:
    return action_of(iscsicli.draft([iscsicli.logout(step.session)]))


def _set_policy(step: steps.SetPolicy, host: Host, release: Release) -> Action:
    disks = () if isinstance(host.disks, Unknown) else host.disks.value
    disk = next((disk for disk in disks if step.wwn and disk.wwn.casefold() == step.wwn.casefold()), None)
    if disk is not None:
        return action_of([mpclaim.set_policy_of(disk, step.policy)])
    lun = f"LUN {step.wwn}" if step.wwn else "each LUN that appears"
    return action_of([mpclaim.set_policy(Later(f"MPIO disk number of {lun}"), step.policy)])


def _login(verb: str, step: steps.PathStep, host: Host) -> iscsicli.Line:
    target: DraftWord = step.target or Later(f"each target found at {step.portal}")
    return iscsicli.login(verb, target, step.portal, _endpoint(host, step.nic), step.chap)


def _endpoint(host: Host, nic: Address) -> Endpoint:
    """Return the initiator's names for a NIC now; its number may have changed since the last run."""
    port: DraftWord = Later(f"port of {nic}")
    instance: DraftWord = Later("instance of the initiator")
    if not isinstance(host.initiator, Unknown):
        number = host.initiator.value.number_of(nic)
        port = port if number is None else str(number)
        instance = host.initiator.value.instance or instance
    return Endpoint(instance, port)


_RENDERERS: t.Final[dict[type[steps.Step], Callable[[t.Any, Host, Release], Action]]] = {
    steps.SetServiceStart: _set_service_start,
    steps.StartService: _start_service,
    steps.SetNodeName: _set_node_name,
    steps.SetInitiatorSecret: _set_initiator_secret,
    steps.RefreshTargets: _refresh_targets,
    steps.EnableFeature: _enable_feature,
    steps.ClaimHardware: _claim_hardware,
    steps.AddDiscoveryPortal: _add_discovery_portal,
    steps.Login: _log_in,
    steps.StoreLogin: _store_login,
    steps.ReplaceLogin: _replace_login,
    steps.ForgetLogin: _forget_login,
    steps.Logout: _log_out,
    steps.SetPolicy: _set_policy,
}
