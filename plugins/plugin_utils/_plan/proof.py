# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared layout held against what a host has: the proof of redundancy. Private to the collection."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from .._judge.dsms import Owner
from .._judge.effect import Effect, State, is_outside, judge
from .._judge.paths import is_untold, join, live_halves, login_faults, stored_halves
from .._judge.redundancy import LunProof, Terrain, prove
from .._model import Address, Host, MpioDisk, NotKnown, Path, ScsiAddress, Session, same_name, value_of
from .classes import Declared
from .desired import Layout, Mesh, WantedArray, WantedHpPolicies, WantedPolicies
from .first_login import as_of_now
from .hp_policies import hp_policy_faults, told_policies
from .layout import check_layout, routes_of
from .mesh import Route
from .plan import Finding, Memory, Severity, Side
from .policies import policy_faults
from .policy_defaults import judge_defaults
from .preparation import INITIATOR_SERVICE, without_service
from .surplus import surplus
from .targets import array_sessions, declared_paths


@dataclass(frozen=True)
class Proofs:
    """Verdicts on every visible LUN of the declared arrays, and what is missing."""

    luns: tuple[LunProof, ...]
    findings: tuple[Finding, ...]

    @property
    def proven(self) -> bool:
        """Whether every declared LUN is there and redundant."""
        return not any(finding.severity is not Severity.NOTE for finding in self.findings)


@dataclass(frozen=True)
class _Declared:
    """What the layout gives one array, with the targets known now."""

    routes: tuple[Route, ...]
    paths: tuple[Path, ...]
    silent: tuple[Route, ...]
    """Routes whose portal tells of no target."""
    missing_targets: tuple[str, ...]
    """Declared targets that no portal tells of."""
    missing_nics: int
    """Declared NICs that the host lacks now, so that their subnet is not known."""

    @property
    def unknown(self) -> int:
        """Paths at least that there must be besides the known ones; a missing target may be that of a silent portal."""
        return max(len(self.silent), len(self.missing_targets)) + self.missing_nics


def prove_host(
    layout: Layout,
    policies: WantedPolicies | None,
    host: Host,
    minimum: int | None = None,
    exempt: Collection[str] = (),
    number: int = 1,
    hp_policies: WantedHpPolicies | None = None,
) -> Proofs:
    """Judge every LUN of the declared arrays; what cannot be read is no proof.

    Args:
        layout: The declared layout.
        policies: The wished policies of the Microsoft DSM, None when any will do.
        host: What was read.
        minimum: Working paths that are enough for a LUN, None for all that the layout gives.
        exempt: Arrays that nothing is expected of yet; the verdicts on their LUNs are returned all the same.
        number: Sessions and stored logins that are wished for on each path; more of one are named.
        hp_policies: The wished policies of HP's DSM, None when any will do.
    """
    findings = [*_check_layout(layout, host, minimum), *_starts_with_windows(host)]
    findings += judge_defaults(policies, host) if policies is not None else []
    luns: list[LunProof] = []
    if not any(finding.severity is Severity.REFUSAL for finding in findings):
        for array in layout.arrays:
            try:
                judged = _verdicts(layout, array, policies, host, minimum)
                verdicts = tuple(_with_hp_policy(lun, layout.owner, hp_policies, host) for lun in judged)
                found = list(_about_array(layout, array, host, verdicts, minimum, number))
            except NotKnown as error:
                verdicts = ()
                found = [_problem(f"array {array.name}", Side.HOST, f"nothing is proven: {error}")]
            luns += verdicts
            findings += [] if array.name in exempt else found
    return Proofs(tuple(sorted(luns, key=lambda lun: (lun.array, lun.wwn))), tuple(findings))


def _check_layout(layout: Layout, host: Host, minimum: int | None) -> Iterator[Finding]:
    """Look at the layout; a wished minimum of paths may do without a NIC."""
    for finding in check_layout(layout, host):
        yield replace(finding, severity=Severity.NOTE) if finding.one_path and minimum is not None else finding


def path_shortfall(
    layout: Layout, minimum: int | None, host: Host, blocked_by: str | None, exempt: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Say which arrays have fewer live paths than they must.

    Args:
        layout: The declared layout.
        minimum: Live paths an array needs, None for all that the layout gives.
        host: What was read.
        blocked_by: Why the missing paths were not tried, None when they were.
        exempt: Arrays that nothing is expected of yet.
    """
    findings = []
    for array in layout.arrays:
        if array.name in exempt:
            continue
        try:
            live, declared = _live_paths(array, layout, host)
        except NotKnown as error:
            findings.append(_problem(f"array {array.name}", Side.HOST, f"its paths are not known: {error}"))
            continue
        needed = declared if minimum is None else min(minimum, declared)
        if live < needed:
            why = f"; the others wait until {blocked_by}" if blocked_by else ""
            findings.append(
                _problem(
                    f"array {array.name}",
                    Side.HOST,
                    f"{live} of {declared} declared paths are live, {needed} needed{why}",
                )
            )
    return tuple(findings)


def arrays_not_in_effect(layout: Layout, host: Host) -> frozenset[str]:
    """Return the arrays that stand over a session while multipath is not in effect for them yet."""
    try:
        sessions, targets = value_of(host.sessions), value_of(host.targets)
    except NotKnown:
        return frozenset(array.name for array in layout.arrays)
    ours = {array.name: array_sessions(array, sessions, targets) for array in layout.arrays}
    return frozenset(
        name
        for name, standing in ours.items()
        if any(session.working for session in standing)
        and judge(host, standing, layout.owner).state in (State.REBOOT_PENDING, State.UNKNOWN)
    )


def _declared(layout: Layout, array: WantedArray, host: Host) -> _Declared:
    routes = routes_of(layout, array, host)
    paths = declared_paths(array, routes.pairs, host)
    known = {(path.nic, path.portal) for path in paths}
    return _Declared(
        routes.pairs,
        paths,
        tuple(route for route in routes.pairs if (route.nic, route.portal) not in known),
        tuple(name for name in array.targets if not any(same_name(name, path.target) for path in paths)),
        len(routes.missing) if layout.mesh is Mesh.SUBNET else 0,
    )


def _live_paths(array: WantedArray, layout: Layout, host: Host) -> tuple[int, int]:
    """Return how many declared paths of an array are live, and how many there must be."""
    declared, sessions = _declared(layout, array, host), value_of(host.sessions)
    live = sum(bool(live_halves(sessions, path)) for path in declared.paths)
    return live, len(declared.paths) + declared.unknown


def _verdicts(
    layout: Layout, array: WantedArray, policies: WantedPolicies | None, host: Host, minimum: int | None
) -> Iterator[LunProof]:
    sessions = value_of(host.sessions)
    ours = array_sessions(array, sessions, value_of(host.targets))
    declared = _declared(layout, array, host)
    terrain = Terrain(
        paths=declared.paths,
        routes=tuple((route.nic, route.portal) for route in declared.routes),
        unknown=declared.unknown,
        adapter_of_nic=_adapters(host),
        fabric_of_nic=_fabrics(layout, host),
        module_of_portal={wanted.portal: wanted.module for wanted in array.portals if wanted.module is not None},
        controller_of_portal={
            wanted.portal: wanted.controller for wanted in array.portals if wanted.controller is not None
        },
        minimum=minimum,
    )
    now = as_of_now(array, host, Memory())
    stored = [path for path in declared.paths if _is_stored(now, path, host)]
    for disk in value_of(host.disks):
        if _belongs(disk, ours):
            wanted = policies.of(disk.wwn) if policies is not None else None
            proof = prove(disk, array.name, terrain, sessions, stored, wanted.policy if wanted else None)
            faults = () if policies is None else policy_faults(policies, layout.arrays, disk, host)
            yield replace(proof, reasons=(*_other_owner(disk, layout.owner), *proof.reasons, *faults))


def _with_hp_policy(lun: LunProof, owner: Owner, wanted: WantedHpPolicies | None, host: Host) -> LunProof:
    """Return the verdict on a LUN with the policy that HP's DSM has for it; what another DSM has is no such matter."""
    if wanted is None or owner.microsoft or not owner.is_it(lun.disk.dsm):
        return lun
    try:
        present = told_policies(host).get(lun.wwn)
    except NotKnown:
        present = None  # the faults say why
    return replace(lun, reasons=(*lun.reasons, *hp_policy_faults(wanted, lun.disk, host)), hp_policy=present)


def _other_owner(disk: MpioDisk, owner: Owner) -> Iterator[str]:
    """Say that a disk is not the wanted DSM's: which one has it decides what its policies and timers mean."""
    if not owner.is_it(disk.dsm):
        yield f"its DSM is {disk.dsm or 'not known'} instead of the {owner.label}"


def _adapters(host: Host) -> dict[Address, str]:
    """The adapter of each address; adapters of one kind have one name, so its index tells them apart."""
    return {
        interface.ip: f"{nic.name} (index {nic.index})" for nic in value_of(host.nics) for interface in nic.interfaces
    }


def _fabrics(layout: Layout, host: Host) -> dict[Address, str]:
    """The fabric of each NIC: declared, else its subnet."""
    subnets = {interface.ip: str(interface.network) for nic in value_of(host.nics) for interface in nic.interfaces}
    return {nic.address: nic.fabric or subnets.get(nic.address, "") for nic in layout.nics}


def _is_stored(array: WantedArray, path: Path, host: Host) -> bool:
    stored = stored_halves(value_of(host.logins), value_of(host.initiator), path)
    return any(not login_faults(login, array.chap, array.digests) for login in stored)


def _belongs(disk: MpioDisk, sessions: Sequence[Session]) -> bool:
    return any(path.session is not None for path in join(disk, sessions))


def _starts_with_windows(host: Host) -> Iterator[Finding]:
    """Stored logins become sessions at boot only if the service starts by itself."""
    where = f"service {INITIATOR_SERVICE}"
    try:
        service = value_of(host.initiator_service)
    except NotKnown as error:
        yield _problem(where, Side.HOST, f"it is not known whether it starts with Windows: {error}")
        return
    if not service.installed:
        yield replace(without_service(host), severity=Severity.PROBLEM)
        return
    if not service.running:
        yield _problem(where, Side.HOST, "it is not running, so there is no session")
    if service.start_mode != "Auto":
        yield _problem(
            where,
            Side.HOST,
            f"its start mode is {service.start_mode}, so no session comes back at the next boot; let it start"
            " automatically (eva.mpio.initiator)",
        )


def _about_array(
    layout: Layout,
    array: WantedArray,
    host: Host,
    verdicts: Sequence[LunProof],
    minimum: int | None,
    number: int,
) -> Iterator[Finding]:
    declared = _declared(layout, array, host)
    yield from _not_there(array, declared, minimum)
    outside = list(_outside_mpio(array, host, layout.owner))
    yield from outside
    yield from _count(array, verdicts, Side.HOST if outside else Side.ARRAY)
    for verdict in verdicts:
        for reason in verdict.reasons:
            yield _problem(f"LUN {verdict.wwn}", Side.HOST, reason)
        for note in verdict.notes:
            yield Finding(Severity.NOTE, Side.HOST, f"LUN {verdict.wwn}", note)
    yield from _unknown_controllers(array, verdicts)
    yield from _untold_states(array, verdicts)
    logins = value_of(host.logins)
    here = Declared(array, routes_of(layout, array, host), declared.paths, number)
    yield from surplus(here, value_of(host.initiator), logins)


def _not_there(array: WantedArray, declared: _Declared, minimum: int | None) -> Iterator[Finding]:
    """Name what the layout gives and discovery does not; a wished minimum of paths may do without."""
    severity = Severity.PROBLEM if minimum is None else Severity.NOTE
    for route in declared.silent:
        yield Finding(
            severity,
            Side.NETWORK,
            f"target portal {route.portal} of {array.name} from NIC {route.nic}",
            "it tells of no target, so there is no path here: check that it answers from this NIC",
        )
    for name in declared.missing_targets:
        yield Finding(
            severity, Side.ARRAY, f"target {name} of {array.name}", "it is declared, and no portal here tells of it"
        )


def shows_disks_outside(layout: Layout, host: Host) -> bool:
    """Tell whether Windows is known to show a LUN of a declared array outside MPIO, of which claims tell why."""
    try:
        return any(_bare(array, host) for array in layout.arrays)
    except NotKnown:
        return False


def _bare(array: WantedArray, host: Host) -> list[tuple[ScsiAddress, str]]:
    """Return the paths that Windows shows as disks of their own, whatever DSM there is; a failed MPIO path is none."""
    disks = value_of(host.disks)
    return sorted(
        (device.address, session.way)
        for session in array_sessions(array, value_of(host.sessions), value_of(host.targets))
        if session.working
        for device in session.disks
        if is_outside(device, disks)
    )


def _outside_mpio(array: WantedArray, host: Host, owner: Owner) -> Iterator[Finding]:
    """Say which paths Windows shows as disks of their own, and why MPIO has not taken them."""
    bare = _bare(array, host)
    if not bare:
        return
    where = ", ".join(f"{address} {way}" for address, way in bare)
    effect = judge(host, array_sessions(array, value_of(host.sessions), value_of(host.targets)), owner)
    yield _problem(
        f"LUNs of {array.name}",
        Side.HOST,
        f"they are visible outside MPIO ({where}), each path as a disk of its own: {effect.reason};"
        f" {_cure(effect, host, owner)}",
    )


def _cure(effect: Effect, host: Host, owner: Owner) -> str:
    """Say what brings LUNs into MPIO."""
    if effect.state is State.REBOOT_PENDING:
        return "restart Windows (eva.mpio.reboot)"
    bring = "see that MPIO came with the package of the initiator (eva.mpio.initiator)"
    if not owner.microsoft:
        bring = f"see that the {owner.label} is installed (eva.mpio.dsm)"
    elif host.traits.claim_list:
        bring = "see that a DSM claims them (eva.mpio.claim)"
    return f"{bring}, and restart Windows"


def _unknown_controllers(array: WantedArray, verdicts: Sequence[LunProof]) -> Iterator[Finding]:
    if not any(verdict.controllers is None and verdict.portals for verdict in verdicts):
        return
    undeclared = sorted({str(wanted.portal) for wanted in array.portals if wanted.controller is None})
    yield Finding(
        Severity.NOTE,
        Side.WISH,
        f"array {array.name}",
        "losing a controller is not judged, because Windows does not tell the controllers of all paths; declare the"
        f" controller of {', '.join(undeclared) or 'each target portal'}",
    )


def _untold_states(array: WantedArray, verdicts: Sequence[LunProof]) -> Iterator[Finding]:
    """Say, once for the array, that its DSM keeps the states of paths to itself."""
    dsms = sorted({lun.disk.dsm for lun in verdicts if any(is_untold(lun.disk, path) for path in lun.disk.paths)})
    if dsms:
        text = (
            f"{', '.join(dsms)} does not tell Windows the states of its paths: each counts as working while MPIO lists"
            " it and its session works"
        )
        yield Finding(Severity.NOTE, Side.HOST, f"array {array.name}", text)


def _count(array: WantedArray, verdicts: Sequence[LunProof], side: Side) -> Iterator[Finding]:
    """Count the LUNs; ``side`` is the host's where they are there and outside MPIO."""
    visible = {verdict.wwn for verdict in verdicts}
    for wwn in array.luns:
        if wwn not in visible:
            yield _problem(f"LUN {wwn} of {array.name}", side, "it is declared, and no MPIO disk here has this WWN")
    if len(visible) < array.minimum_luns:
        yield _problem(
            f"array {array.name}",
            side,
            f"{len(visible)} LUNs are visible as MPIO disks, at least {array.minimum_luns} wanted; no LUN is no proof",
        )


def _problem(where: str, side: Side, text: str) -> Finding:
    return Finding(Severity.PROBLEM, side, where, text)
