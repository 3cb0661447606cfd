# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for what a host needs before its first session: initiator, MPIO feature, claim. Private to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .._judge.effect import is_microsoft, unclaimed
from .._model import Authentication, Host, MpioDisk, NotKnown, Unknown, same_name, value_of
from .desired import Desired, WantedArray, WantedInitiator
from .plan import Finding, Item, Memory, Planned, Severity, Side
from .steps import ClaimHardware, EnableFeature, SetInitiatorSecret, SetNodeName, SetServiceStart, StartService

INITIATOR_SERVICE = "MSiSCSI"
_EVA_DSM = re.compile(r"HP|EVA|HSV", re.IGNORECASE)
"""Names a DSM of HP's may have; its friendly name is not public, so anything that looks like one counts, also as a
part of a word: services are named like ``hpeaadsm``."""


def unreadable(what: str, reason: str) -> Finding:
    """Say that a part which a decision needs is unknown."""
    return Finding(Severity.PROBLEM, Side.HOST, what, f"it could not be read, so nothing is changed there: {reason}")


def plan_initiator(wanted: WantedInitiator, host: Host, arrays: Sequence[WantedArray] | None = None) -> Iterator[Item]:
    """Service automatic and running, node name, secret for mutual CHAP.

    Args:
        wanted: The wish.
        host: What was read.
        arrays: The declared arrays, which say whether any uses the secret; None where none are declared.
    """
    try:
        service = value_of(host.initiator_service)
    except NotKnown as error:
        yield unreadable(f"service {INITIATOR_SERVICE}", str(error))
        return
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
    if service.start_mode != "Auto":
        yield Planned(
            SetServiceStart(
                INITIATOR_SERVICE,
                was=f"start {service.start_mode.lower()}",
                reason="stored logins are made again at boot only when the initiator service starts with Windows",
            )
        )
    if not service.running:
        yield Planned(
            StartService(
                INITIATOR_SERVICE, was=service.state.lower(), reason="no session can exist while the service is stopped"
            )
        )
    waits = None if service.running else f"service {INITIATOR_SERVICE} runs"
    yield from _plan_node_name(wanted, host, waits)
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
    if sessions:
        yield Finding(
            Severity.REFUSAL,
            Side.HOST,
            "initiator node name",
            f"it is {actual} and {len(sessions)} sessions stand; the array keys presentations by the name, so a change"
            " would make every LUN vanish: log the sessions out first, or keep the name",
        )
        return
    yield Planned(SetNodeName(wanted.node_name, reason=step.reason, was=f"node name {actual}"))


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


def plan_feature(host: Host) -> Iterator[Item]:
    """The MPIO feature enabled."""
    try:
        feature = value_of(host.feature)
    except NotKnown as error:
        yield unreadable("feature Multipath I/O", str(error))
        return
    if feature.enabled:
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
        feature, claims, dsms, disks = (
            value_of(host.feature),
            value_of(host.claims),
            value_of(host.dsms),
            value_of(host.disks),
        )
    except NotKnown as error:
        yield unreadable("Microsoft DSM", str(error))
        return
    for dsm in sorted(dsms, key=lambda item: item.name):
        if is_microsoft(dsm):
            continue
        owned = sorted(disk.wwn for disk in disks if disk.dsm == dsm.name and _is_wanted(disk, wanted))
        if owned or _EVA_DSM.search(dsm.name):
            what = f"it owns {', '.join(owned)}" if owned else "its name looks like HP's, so it may claim the same LUNs"
            yield Finding(
                Severity.REFUSAL,
                Side.HOST,
                f"DSM {dsm.name}",
                f"{what}; two DSMs must never claim one disk, so the Microsoft DSM claims nothing here",
            )
            return
    missing = unclaimed(claims, wanted)
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
