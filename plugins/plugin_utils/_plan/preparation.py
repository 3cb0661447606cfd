# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for what a host needs before its first session: initiator, MPIO feature, claim. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .._judge.effect import MPIO_COMPONENT, is_microsoft, unclaimed
from .._model import Authentication, Dsm, Feature, Host, MpioDisk, NotKnown, Unknown, same_name, value_of
from .desired import Desired, WantedArray, WantedInitiator
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .steps import (
    AddIsnsServer,
    ClaimHardware,
    EnableFeature,
    RemoveIsnsServer,
    SetInitiatorSecret,
    SetNodeName,
    SetServiceStart,
    StartService,
)

INITIATOR_SERVICE = "MSiSCSI"
MPIO_DRIVER = "mpio"
INSTALLED = "the iSCSI initiator is installed"
_EVA_DSM = re.compile(r"HP|EVA|HSV", re.IGNORECASE)
"""Names a DSM of HP's may have; its friendly name is not public, so anything that looks like one counts, also as a
part of a word: services are named like ``hpeaadsm``."""


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
    if service.start_mode == "Disabled":
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
                was=f"start {service.start_mode.lower()}" if service.installed else None,
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
            f"it is {actual} and {len(sessions)} sessions stand; the array keys presentations by the name, so a change"
            " would make every LUN vanish: log the sessions out first, keep the name, or accept it with"
            " rename_despite_sessions: true",
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
        f"{number} sessions keep the old name {name} until they are made again, at the latest at the next boot: present"
        " the LUNs to the new name before that",
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
        yield _not_packaged(host)
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


def _is_wanted(disk: MpioDisk, wanted: Iterable[str]) -> bool:
    """Tell whether a disk answers with one of the hardware ids; letter case differs between Windows' sources."""
    shown = f"{disk.vendor or '':8}{disk.product or '':16}".casefold()
    return any(shown == name.casefold() for name in wanted)


def plan_claim(desired: Desired, host: Host, memory: Memory) -> Iterator[Item]:
    """The Microsoft DSM claims the wanted hardware ids, and no other DSM has them."""
    wanted = desired.claim or ()
    try:
        feature, dsms, disks = value_of(host.feature), value_of(host.dsms), value_of(host.disks)
        missing = unclaimed(value_of(host.claims), wanted) if host.traits.claim_list else ()
    except NotKnown as error:
        yield unreadable("Microsoft DSM", str(error))
        return
    rival = _rival(host, dsms, disks, wanted)
    if rival is not None:
        yield rival
        return
    if not host.traits.claim_list and not desired.feature:
        yield from _no_list(host, feature)
    if not missing:
        return
    step = ClaimHardware(missing, reason="only a disk that the DSM claims has its paths joined")
    if not feature.enabled:
        if desired.feature:
            yield Planned(step, "the MPIO feature is enabled")
        else:
            yield Finding(
                Severity.REFUSAL,
                Side.HOST,
                "Microsoft DSM",
                "the MPIO feature is not enabled, so nothing can be claimed; run eva.mpio.feature first",
            )
    elif step in memory.failed and not any(is_microsoft(dsm) for dsm in dsms):
        # mpclaim may not work before the restart that completes the feature; try again after it.
        yield Planned(step, "the restart that completes the MPIO feature", again=True)
    else:
        yield Planned(step)


def _rival(host: Host, dsms: Sequence[Dsm], disks: Sequence[MpioDisk], wanted: Sequence[str]) -> Finding | None:
    """Refuse to let two DSMs have the same disks.

    Where it claims every iSCSI LUN, the Microsoft DSM that is still to come would have those of other arrays too.
    """
    refused = "so the Microsoft DSM claims nothing here"
    all_iscsi = not host.traits.claim_list and not any(is_microsoft(dsm) for dsm in dsms)
    if not host.traits.claim_list:
        refused = f"and that of Microsoft claims every iSCSI LUN of {host.os.caption}: remove one of the two"
    for dsm in sorted(dsms, key=lambda item: item.name):
        if is_microsoft(dsm):
            continue
        own = [disk for disk in disks if disk.dsm == dsm.name]
        owned = sorted(disk.wwn for disk in own if _is_wanted(disk, wanted) or (all_iscsi and _is_iscsi(disk, host)))
        if owned or _EVA_DSM.search(dsm.name):
            what = f"it owns {', '.join(owned)}" if owned else "its name looks like HP's, so it may claim the same LUNs"
            return Finding(
                Severity.REFUSAL,
                Side.HOST,
                f"DSM {dsm.name}",
                f"{what}; two DSMs must never claim one disk, {refused}",
            )
    return None


def _is_iscsi(disk: MpioDisk, host: Host) -> bool:
    """Tell whether a disk may be reached over an iSCSI session."""
    if isinstance(host.sessions, Unknown):
        return True
    seen = {device.address for session in host.sessions.value for device in session.disks}
    return any(path.address in seen for path in disk.paths)


def _no_list(host: Host, feature: Feature) -> Iterator[Finding]:
    """Say that there is nothing to claim where the Microsoft DSM has no list of hardware ids."""
    if feature.enabled:
        text = f"nothing is to be done: that of {host.os.caption} has no list and claims every iSCSI LUN"
        yield Finding(Severity.NOTE, Side.HOST, "Microsoft DSM", text)
    else:
        yield _not_packaged(host)


def _not_packaged(host: Host) -> Finding:
    return Finding(
        Severity.REFUSAL,
        Side.HOST,
        "Multipath I/O",
        f'it is not installed, and {host.os.caption} has no feature for it: it comes as "{MPIO_COMPONENT}" with the'
        " package of the iSCSI initiator; run eva.mpio.host with the option package",
    )
