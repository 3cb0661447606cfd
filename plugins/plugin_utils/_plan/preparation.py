# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for what a host needs before its first session: initiator and MPIO feature. Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._judge.effect import MPIO_COMPONENT
from .._model import Authentication, Host, NotKnown, Unknown, same_name, value_of
from .desired import WantedArray, WantedInitiator
from .plan import Finding, Item, Planned, Severity, Side
from .steps import (
    AddIsnsServer,
    EnableFeature,
    RemoveIsnsServer,
    SetInitiatorSecret,
    SetNodeName,
    SetServiceStart,
    StartService,
    start_words,
)
from .words import counted

INITIATOR_SERVICE = "MSiSCSI"
MPIO_DRIVER = "mpio"
INSTALLED = "the iSCSI initiator is installed"


def unreadable(what: str, reason: str) -> Finding:
    """Say that a part which a decision needs is unknown."""
    return Finding(Severity.PROBLEM, Side.HOST, what, f"it could not be read, so nothing is changed there: {reason}")


def without_service(host: Host) -> Finding:
    """Refuse a host that has no initiator at all."""
    if host.traits.initiator_included:
        text = (
            f"this host has no such service, although {host.os.caption} has the iSCSI initiator: somebody removed it;"
            " repair Windows, then run again"
        )
    else:
        text = (
            f"this host has no such service, because {host.os.caption} comes without an iSCSI initiator: install it"
            " with eva.mpio.host or eva.mpio.initiator and its option package, then run again"
        )
    return Finding(Severity.REFUSAL, Side.HOST, f"service {INITIATOR_SERVICE}", text)


def plan_initiator(
    wanted: WantedInitiator, host: Host, arrays: Sequence[WantedArray] | None = None, installs: bool = False
) -> Iterator[Item]:
    """Service automatic and running, node name, iSNS servers, secret for mutual CHAP.

    Args:
        wanted: The wish.
        host: What was read.
        arrays: The declared arrays, which say whether any uses the secret; None where none are declared.
        installs: Whether the plan installs the initiator, where it is not installed yet.
    """
    try:
        service = value_of(host.initiator_service)
    except NotKnown as error:
        yield unreadable(f"service {INITIATOR_SERVICE}", str(error))
        return
    if not service.installed and host.traits.initiator_included:
        yield without_service(host)
        return
    if not service.installed and not installs:
        return  # the plan of the package says why
    if service.disabled:
        # Hardening baselines disable it on purpose (CIS Windows Server benchmarks, section 5): a run that enabled it
        # and a baseline that disables it again would fight for ever.
        yield Finding(
            Severity.REFUSAL,
            Side.HOST,
            f"service {INITIATOR_SERVICE}",
            "its start type is Disabled, as hardening baselines set it; except this host from the policy and set the"
            " start type to Manual, then run again",
        )
        return
    first = None if service.installed else INSTALLED
    if service.start_mode != "Auto":
        yield Planned(
            SetServiceStart(
                INITIATOR_SERVICE,
                was=start_words(service.start_mode) if service.installed else None,
                reason="stored logins are made again at boot only when the initiator service starts with Windows",
            ),
            first,
        )
    if not service.running:
        yield Planned(
            StartService(
                INITIATOR_SERVICE,
                was=service.state.lower() if service.installed else None,
                reason="no session can exist while the service is stopped",
            ),
            first,
        )
    waits = None if service.running else f"service {INITIATOR_SERVICE} runs"
    yield from _plan_node_name(wanted, host, waits)
    if wanted.isns_servers is not None:
        yield from _plan_isns(wanted.isns_servers, host, waits)
    if wanted.mutual_secret is None:
        return
    if arrays is None or any(array.chap is not None and array.chap.mutual for array in arrays):
        yield from _plan_secret(wanted.mutual_secret, wanted.update_secret, host, waits)
    else:
        yield Finding(
            Severity.NOTE, Side.WISH, "secret for mutual CHAP", "it is not set, because no array has mutual_chap"
        )


def _plan_node_name(wanted: WantedInitiator, host: Host, waits: str | None) -> Iterator[Item]:
    if wanted.node_name is None:
        return
    step = SetNodeName(wanted.node_name, reason="the array keys its presentations by this name")
    if waits is not None:
        yield Planned(step, waits)
        return
    try:
        actual, sessions = value_of(host.initiator).node_name, value_of(host.sessions)
    except NotKnown as error:
        yield unreadable("initiator node name", str(error))
        return
    if same_name(actual, wanted.node_name):
        return
    if sessions and not wanted.rename_despite_sessions:
        yield Finding(
            Severity.REFUSAL,
            Side.HOST,
            "initiator node name",
            f"it is {actual}, with {counted(len(sessions), 'session')} standing; the array keys presentations by the"
            " name, so a change would make every LUN vanish: log the sessions out first, keep the name, or accept it"
            " with rename_despite_sessions: true",
        )
        return
    if sessions:
        yield sessions_keep_the_name(actual, len(sessions))
    yield Planned(SetNodeName(wanted.node_name, reason=step.reason, was=f"node name {actual}"))


def sessions_keep_the_name(name: str, number: int) -> Finding:
    """Say what becomes of the sessions that stand when the node name changes."""
    return Finding(
        Severity.NOTE,
        Side.ARRAY,
        "initiator node name",
        f"the old name {name} stays with {counted(number, 'session')} until the next login, at the latest at the next"
        " boot: present the LUNs to the new name before that",
    )


def _plan_isns(wanted: tuple[str, ...], host: Host, waits: str | None) -> Iterator[Item]:
    """Exactly the declared iSNS servers, told by their names, letter case aside."""
    reason = "it tells the initiator which targets there are"
    if waits is not None:
        yield from (Planned(AddIsnsServer(server, reason=reason), waits) for server in wanted)
        return
    if isinstance(host.isns_servers, Unknown):
        yield unreadable("iSNS servers", host.isns_servers.reason)
        return
    there = host.isns_servers.value
    for server in wanted:
        if not any(same_name(server, one) for one in there):
            yield Planned(AddIsnsServer(server, reason=reason))
    for server in sorted(there):
        if not any(same_name(server, one) for one in wanted):
            yield Planned(RemoveIsnsServer(server, was="stored", reason="it is not among the declared iSNS servers"))


def _plan_secret(secret: str, always: bool, host: Host, waits: str | None) -> Iterator[Item]:
    step = SetInitiatorSecret(secret, reason="targets prove themselves with it in mutual CHAP")
    if waits is not None:
        yield Planned(step, waits)
        return
    if always:
        yield Planned(step)
        return
    if isinstance(host.logins, Unknown):
        yield unreadable("secret for mutual CHAP", host.logins.reason)
        return
    # The secret cannot be read back: while no stored login uses mutual CHAP it counts as not set yet.
    if not any(login.authentication is Authentication.MUTUAL_CHAP for login in host.logins.value):
        yield Planned(step)


def plan_feature(host: Host, packaged: bool = False) -> Iterator[Item]:
    """The MPIO feature enabled.

    Args:
        host: What was read.
        packaged: Whether the wish covers the package of the initiator, which has MPIO where Windows has no feature.
    """
    try:
        feature = value_of(host.feature)
    except NotKnown as error:
        yield unreadable("feature Multipath I/O", str(error))
        return
    if feature.enabled or (packaged and not host.traits.feature_exists):
        return
    if not host.traits.feature_exists:
        yield not_packaged(host)
        return
    if not feature.present:
        yield Finding(
            Severity.REFUSAL,
            Side.HOST,
            "feature Multipath I/O",
            "its files are not on this host (payload removed); add them from the installation medium, then run again",
        )
        return
    yield Planned(
        EnableFeature(was="disabled", reason="without MPIO a LUN that is reached over two paths is seen as two disks")
    )


def not_packaged(host: Host) -> Finding:
    """Refuse a release whose MPIO comes with the package of the initiator, where it is not installed."""
    return Finding(
        Severity.REFUSAL,
        Side.HOST,
        "Multipath I/O",
        f'it is not installed, and {host.os.caption} has no feature for it: it comes as "{MPIO_COMPONENT}" with the'
        " package of the iSCSI initiator; run eva.mpio.host with the option package",
    )
