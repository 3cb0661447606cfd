# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold before the disks of arrays go from one DSM to the other. Private to the collection.

All that objects is said at once, before the first change. What could not be read objects; what nobody has asked for
yet holds the steps up instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .._model import NOT_READ, ClusterNode, DiskPath, Host, Known, NotKnown, Part, Session, Unknown, same_name, value_of
from .bystanders import bystanders, harmed
from .claims import too_wide
from .guards import CLUSTER, objections
from .hp_dsm import several
from .one_path import is_of
from .plan import Finding, Severity, Side
from .proof import prove_host
from .reboot import unprotected_sessions
from .rivals import strangers
from .scene import Scene, ShownLun, uses_of

WHERE = "change of DSM"
_UP, _PAUSED = "up", "paused"


def refusals(scene: Scene) -> Iterator[Finding]:
    """Say why the change must not begin, or not go on."""
    yield from _wish(scene)
    yield from _claim(scene)
    yield from _paths(scene)
    if NOT_READ not in (scene.host.disk_use, scene.host.cluster):
        yield from _disks(scene)
        yield from _others(scene)
    if scene.begun:
        # A group that comes to the node in the middle needs the paths that are left; without any, on is the way out.
        if scene.ours:
            yield from _cluster(scene)
        return
    yield from _redundancy(scene)
    yield from _cluster(scene)
    # What is said of the cluster above nobody can accept, so the guard of restarts need not ask for it.
    for text in objections(scene.host, scene.change.desired.reboot_despite | {CLUSTER}):
        yield _refusal(Side.HOST, f"it needs restarts of Windows, and {text}")


def notes(scene: Scene) -> Iterator[Finding]:
    """Say what others notice of the change."""
    idle = sorted({session.target for session in scene.others if session.disks})
    if idle:
        text = (
            "sessions to others end with the restarts and come back at the end, and nothing uses their disks:"
            f" {_list(idle)}"
        )
        yield Finding(Severity.NOTE, Side.HOST, WHERE, text)


def blocked(scene: Scene) -> Iterator[str]:
    """Say why Windows must not be restarted in the middle of the change, one clause for each reason."""
    yield from objections(scene.host, scene.change.desired.reboot_despite)


def not_restarted(why: str) -> Finding:
    """Say why Windows is not restarted in the middle of the change."""
    return Finding(Severity.PROBLEM, Side.HOST, WHERE, f"Windows is not restarted, because {why}")


def _refusal(side: Side, text: str, where: str = WHERE) -> Finding:
    return Finding(Severity.REFUSAL, side, where, text)


def _list(names: list[str]) -> str:
    return ", ".join(names)


def _wish(scene: Scene) -> Iterator[Finding]:
    change, to_microsoft = scene.change, scene.change.wanted.owner.microsoft
    package = change.wanted.package
    if not change.desired.reboot_allowed:
        yield _refusal(Side.WISH, "it needs restarts of Windows: allow them (reboot: true)")
    if to_microsoft and package.removal_path is None:
        text = "nothing says what removes HP's DSM: name its removal with dsm_package: {removal_path: ...}"
        yield _refusal(Side.WISH, text)


def _claim(scene: Scene) -> Iterator[Finding]:
    yield from too_wide(scene.held.wide)
    yield from strangers(scene.change.wanted, scene.host)
    if not scene.held.owner.microsoft:
        yield from several(scene.held.registered)
    found = bystanders(scene.change.wanted, scene.host)
    if found:
        yield harmed(found, scene.change.wanted, scene.host)
    drivers = {driver.name for driver in scene.held.drivers}
    takes_all = scene.held.owner.microsoft and not scene.host.traits.claim_list and drivers
    if not takes_all:
        return
    targets = {session.target for session in scene.others if session.disks} | set(_stored_of_others(scene))
    if targets:
        text = (
            f"the {scene.held.owner.label} of {scene.host.os.caption} claims every iSCSI LUN and can only be taken away"
            " as a whole, and sessions or persistent logins lead to disks of others, which nothing would join"
            f" afterwards: {_list(sorted(targets))}; log those sessions out and remove what is stored for them, or keep"
            " this DSM"
        )
        yield _refusal(Side.HOST, text)


def _stored_of_others(scene: Scene) -> Iterator[str]:
    """The targets of stored logins that are no declared array's."""
    if isinstance(scene.host.logins, Unknown):
        return
    ours = [session.target for session in scene.ours]
    for login in scene.host.logins.value:
        declared = any(is_of(login, array) for array in scene.change.layout.arrays)
        if not (login.informational or declared or any(same_name(login.target, name) for name in ours)):
            yield login.target


def _paths(scene: Scene) -> Iterator[Finding]:
    """Refuse LUNs of the other DSM that something besides the sessions of the arrays leads to."""
    ours = {device.address for session in scene.ours for device in session.devices}
    disks = {disk.wwn: disk for disk in (*scene.held.disks, *(lun.disk for lun in scene.luns))}
    for wwn, disk in sorted(disks.items()):
        beside = sorted(path.address for path in disk.paths if path.address not in ours and _carries(path, scene))
        if beside:
            text = (
                "it has paths that are no session to a declared array (Fibre Channel, or a target that is not"
                f" declared), at {', '.join(str(address) for address in beside)}; nothing would join them while no DSM"
                " has them: declare that array or target, or take these paths away"
            )
            yield _refusal(Side.HOST, text, f"LUN {wwn}")
    for session in _bare(scene):
        text = (
            "it shows disks and has no stored login, so they would not come back after the restarts: make it persistent"
            " with eva.mpio.session, or log it out"
        )
        yield _refusal(Side.HOST, text, f"session {session.full_name}")


def _carries(path: DiskPath, scene: Scene) -> bool:
    """Tell whether a path may carry I/O: MPIO keeps one whose session was ended for a while (PDORemovePeriod)."""
    return not scene.begun if path.state is None else path.state.working


def _bare(scene: Scene) -> tuple[Session, ...]:
    try:
        bare = unprotected_sessions(scene.host)
    except NotKnown:
        return ()  # then the stored logins cannot be counted either, and that is said
    return tuple(session for session in bare if session in scene.others)


def _disks(scene: Scene) -> Iterator[Finding]:
    """Refuse disks that cannot go offline, or of which nobody knows what uses them."""
    use: Part[object] = scene.host.disk_use
    if isinstance(use, Unknown):
        if scene.ours or scene.others:
            yield _refusal(Side.HOST, f"it is not known what uses the disks: {use.reason}")
        return
    for lun in scene.luns:
        text = _objection(lun, scene)
        if text is not None:
            yield _refusal(Side.HOST, text, f"LUN {lun.disk.wwn}")
    for device in scene.outside:
        uses = uses_of(frozenset({device.address}), scene.ours, scene.host)
        if not uses or any(one.boot or one.mounted or (one.offline is False and one.in_use) for one in uses):
            text = (
                "it is no MPIO disk, and something may use it: take it offline by hand, or see that multipath is in"
                " effect first"
            )
            yield _refusal(Side.HOST, text, f"disk at {device.address}")


def _objection(lun: ShownLun, scene: Scene) -> str | None:
    if not lun.uses:
        return "it is not known what uses it, because Windows does not tell which of its disks it is"
    if any(use.boot for use in lun.uses):
        return "Windows starts or pages from it, so its DSM cannot be changed while Windows runs from it"
    if any(use.clustered and use.offline is False for use in lun.uses):
        return "it is a disk of the failover cluster and online here: move the group that has it to another node"
    if lun.mounted and not scene.host.traits.offline_disks:
        return (
            f"{_list(list(lun.mounted))} is mounted from it, and {scene.host.os.caption} takes no disk offline: stop"
            " what uses it, take the drive letter away (mountvol with /P), then run again"
        )
    return None


def _others(scene: Scene) -> Iterator[Finding]:
    for session, text in in_use_of_others(scene.others, scene.host):
        yield _refusal(Side.HOST, text, f"session {session.full_name}")


def in_use_of_others(others: Sequence[Session], host: Host) -> Iterator[tuple[Session, str]]:
    """Name sessions to other arrays whose disks are in use, or may be: they are away while the service stands still."""
    for session in others:
        addresses = frozenset(device.address for device in session.disks)
        uses = uses_of(addresses, (session,), host)
        used = sorted({use.why for use in uses if use.in_use and use.offline is not True})
        if addresses and (used or not uses):
            why = "; ".join(used) or "it is not known whether anything uses them"
            yield (
                session,
                f"its disks are away while the initiator service stands still, and of them is known: {why}; end that"
                " use and take them offline, then run again",
            )


def _redundancy(scene: Scene) -> Iterator[Finding]:
    """Refuse to begin where a LUN is not redundant now: what is broken would not be told from what the change broke."""
    if not scene.luns and not scene.outside:
        return
    change = scene.change
    paths = change.desired.paths
    service = replace(value_of(scene.host.initiator_service), start_mode="Auto")
    # Whether the sessions come back at the next boot does not matter: the change sets that anew.
    proofs = prove_host(
        replace(change.layout, owner=scene.held.owner),
        None,
        replace(scene.host, initiator_service=Known(service)),
        None if paths is None else paths.minimum_paths,
        number=1 if paths is None else paths.sessions_per_path,
    )
    places: dict[tuple[Side, str], list[str]] = {}
    for finding in proofs.findings:
        if finding.severity is not Severity.NOTE:
            places.setdefault((finding.side, finding.text), []).append(finding.where)
    if places:
        found = "; ".join(f"{_list(where)}: {text}" for (_side, text), where in places.items())
        sides = {side for side, _text in places}
        text = f"the DSM is changed only where redundancy is proven before, and it is not ({found}): {_cure(scene)}"
        yield _refusal(sides.pop() if len(sides) == 1 else Side.HOST, text)


def _cure(scene: Scene) -> str:
    """Say what mends the redundancy that is missing before a change."""
    held, wanted = scene.held.owner, scene.change.wanted.owner
    if scene.held.disks or not any(wanted.is_it(lun.disk.dsm) for lun in scene.luns):
        return f"eva.mpio.host with dsm: {held.kind.value} mends that first"
    gone = "take its claim away (eva.mpio.claim with state: absent)"
    if not held.microsoft:
        gone = "remove it (eva.mpio.dsm with state: absent)"
    elif not scene.host.traits.claim_list:
        gone = f"let its driver {scene.host.traits.microsoft_dsm_driver} start no more"
    return f"the {held.label} has none of the disks, so nothing has to be moved from it: {gone}"


def _cluster(scene: Scene) -> Iterator[Finding]:
    """Refuse on a node of a cluster that owns groups, or while another node is not up: one node at a time.

    This node itself may be paused: so it is kept from being given groups while it is changed.
    """
    part = scene.host.cluster
    if part == NOT_READ:
        return
    if isinstance(part, Unknown):
        yield _refusal(Side.HOST, f"it is not known whether this host is a node of a cluster: {part.reason}")
        return
    cluster = part.value
    if not cluster.member:
        return
    if isinstance(cluster.groups, Unknown):
        yield _refusal(Side.HOST, f"it is not known which groups this node owns: {cluster.groups.reason}")
    elif cluster.groups.value:
        owned = f"this node owns groups of its failover cluster: {_list(sorted(cluster.groups.value))}"
        if isinstance(cluster.nodes, Known) and not _takers(cluster.nodes.value, scene.host):
            text = "no other node is up to take them: mend that first, then pause this node and move them there"
            yield _refusal(Side.HOST, f"{owned}, and {text} ({_states(cluster.nodes.value)})")
            return
        yield _refusal(Side.HOST, f"{owned}; pause this node and move them to another one")
    if isinstance(cluster.nodes, Unknown):
        yield _refusal(Side.HOST, f"it is not known whether the other nodes are up: {cluster.nodes.reason}")
        return
    nodes = cluster.nodes.value
    unfit = [node for node in nodes if not _is_fit(node, scene.host)]
    if unfit or not nodes:
        yield _refusal(
            Side.HOST,
            f"the DSM is changed on one node at a time, while every other node is up: {_states(unfit)}; wait until that"
            " one is done, or mend it",
        )


def _takers(nodes: Sequence[ClusterNode], host: Host) -> list[ClusterNode]:
    """Return the nodes that groups of this one can be moved to."""
    return [node for node in nodes if node.state == _UP and not same_name(node.name, host.os.name)]


def _states(nodes: Sequence[ClusterNode]) -> str:
    return _list(sorted(f"{node.name} is {node.state}" for node in nodes)) or "Windows names no node"


def _is_fit(node: ClusterNode, host: Host) -> bool:
    """Tell whether a node is as it must be while this host is changed."""
    return node.state == _UP or (node.state == _PAUSED and same_name(node.name, host.os.name))
