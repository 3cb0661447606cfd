# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the layout gives and the host has not, and what the host has besides: neither may hide behind a proof."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Host, Known, PersistentLogin, value_of
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Layout
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.host import plan_host
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Finding, Severity
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import (
    Proofs,
    arrays_not_in_effect,
    path_shortfall,
    prove_host,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    portal,
    prepared,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import layout, whole


def proofs(host: Host, where: Layout | None = None, minimum: int | None = None) -> Proofs:
    return prove_host(where or layout(), None, host, minimum)


def texts(verdict: Proofs, severity: Severity = Severity.PROBLEM) -> list[str]:
    return [str(finding) for finding in verdict.findings if finding.severity is severity]


def without_controller(truth: Truth, address: str) -> Truth:
    """Forget every trace of the portals whose address ends so, as after a boot with a dead controller."""
    for path in all_paths(truth):
        if str(path.portal.address).endswith(address):
            truth.sessions = [one for one in truth.sessions if one.path != path]
            truth.known_targets.pop(path.target, None)
            truth.down.add((path.nic, path.portal))
    return truth


def declared(**portals: dict[str, str]) -> Layout:
    """The layout with modules or controllers declared: ``controllers={"10.10.1.21": "A"}``."""
    wanted = layout()
    array = wanted.arrays[0]
    ports = array.portals
    for name, values in portals.items():
        ports = tuple(replace(one, **{name: values.get(str(one.portal.address))}) for one in ports)  # type: ignore[arg-type]
    return replace(wanted, arrays=(replace(array, portals=ports),))


def test_h_18_a_portal_that_tells_of_no_target_is_a_missing_path() -> None:
    verdict = proofs(without_controller(converged(), ".22").host())
    assert not verdict.proven
    for nic, address in (("10.10.1.11", "10.10.1.22"), ("10.10.2.11", "10.10.2.22")):
        assert (
            f"target portal {address}:3260 of eva01 from NIC {nic}: it tells of no target, so there is no path here:"
            " check that it answers from this NIC"
        ) in texts(verdict)
    assert {lun.wanted_paths for lun in verdict.luns} == {4}
    assert all("2 of 4 declared paths lead to no target that is known here" in lun.reasons for lun in verdict.luns)


def test_a_nic_whose_address_is_gone_is_a_missing_path_of_every_lun() -> None:
    """Windows takes the address of an adapter without a link away; the layout still has it."""
    truth = converged()
    gone = truth.interfaces[1]
    truth.interfaces = truth.interfaces[:1]
    verdict = proofs(truth.host())
    assert [text for text in texts(verdict) if text.startswith(f"NIC {gone.ip}: ")]
    assert all("1 of 3 declared paths lead to no target that is known here" in lun.reasons for lun in verdict.luns)


def test_with_a_minimum_it_is_a_note() -> None:
    truth = without_controller(converged(), ".22")
    verdict = proofs(truth.host(), minimum=2)
    assert len([text for text in texts(verdict, Severity.NOTE) if "tells of no target" in text]) == 2
    # Two paths are enough, and still the layout has another controller than the one they use.
    assert all("uses controller target port group 1" in text for text in texts(verdict))
    assert len(texts(verdict)) == 2


def test_a_declared_target_that_nobody_tells_of() -> None:
    known = [path.target for path in all_paths(converged())]
    where = layout(targets=[*known, "iqn.2000-01.com.example:gone"])
    text = "target iqn.2000-01.com.example:gone of eva01: it is declared, and no portal here tells of it"
    strict, lenient = proofs(converged().host(), where), proofs(converged().host(), where, minimum=2)
    assert text in texts(strict)
    assert text in texts(lenient, Severity.NOTE)
    assert (strict.proven, lenient.proven) == (False, True)
    (finding,) = path_shortfall(where, None, converged().host(), None)
    assert finding.text == "4 of 5 declared paths are live, 5 needed"


def test_a_lun_outside_mpio_beside_one_that_is_in() -> None:
    truth = converged()
    second = truth.arrays[0].luns[1]
    for session in truth.sessions:
        session.outside = {second.wwn}
    verdict = proofs(truth.host())
    (text,) = texts(verdict)
    where = "port 4 bus 0 target 1 LUN 2 10.10.1.11 -> 10.10.1.21:3260"
    assert text.startswith(f"LUNs of eva01: they are visible outside MPIO ({where}, ")
    assert [lun.proven for lun in verdict.luns] == [True]


def test_devices_of_a_session_without_connection_are_no_disks_outside_mpio() -> None:
    """Windows keeps them while it reconnects; MPIO has dropped the path (PDORemovePeriod)."""
    host = converged().host()
    first, *others = value_of(host.sessions)
    disks = tuple(
        replace(disk, paths=tuple(path for path in disk.paths if path.address.target != first.id.session))
        for disk in value_of(host.disks)
    )
    bare = tuple(replace(device, multipath=False) for device in first.devices)
    host = replace(host, disks=Known(disks), sessions=Known((replace(first, connections=(), devices=bare), *others)))
    assert not [text for text in texts(proofs(host)) if "outside MPIO" in text]


def test_a_failed_path_that_mpio_still_owns_is_not_outside_mpio() -> None:
    host = converged().host()
    disks = tuple(replace(disk, paths=disk.paths[1:]) for disk in value_of(host.disks))
    assert not [text for text in texts(proofs(replace(host, disks=Known(disks)))) if "outside MPIO" in text]


def test_two_addresses_on_one_adapter() -> None:
    host = converged().host()
    first, second = value_of(host.nics)
    one = replace(first, interfaces=first.interfaces + second.interfaces)
    verdict = proofs(replace(host, nics=Known((one,))))
    assert {text.partition(": ")[2] for text in texts(verdict)} == {
        "every working path uses adapter NIC 0 (index 0): losing it loses the LUN"
    }


def test_two_adapters_of_one_name_are_two() -> None:
    host = converged().host()
    named = tuple(replace(nic, name="Intel PRO/1000") for nic in value_of(host.nics))
    assert proofs(replace(host, nics=Known(named))).proven


@pytest.mark.parametrize("mode", ["Manual", "Disabled"])
def test_a_service_that_does_not_start_with_windows_brings_no_path_back(mode: str) -> None:
    truth = converged()
    truth.start_mode = mode
    (text,) = texts(proofs(truth.host()))
    assert text.startswith(f"service MSiSCSI: its start mode is {mode}, so no session comes back at the next boot")


def test_h_01_a_service_that_cannot_be_read_is_no_proof() -> None:
    (text,) = texts(proofs(converged(hidden=frozenset({"initiator_service"})).host()))
    assert "initiator_service cannot be read here" in text


def test_a_controller_that_is_declared_for_some_is_neither_counted_nor_passed_over_in_silence() -> None:
    """Two portals of controller A, two undeclared, and no ALUA data: the proof says what it does not cover."""
    truth = converged()
    for lun in truth.arrays[0].luns:
        lun.alua = False
    verdict = proofs(truth.host(), declared(controller={"10.10.1.21": "A", "10.10.2.21": "A"}))
    assert verdict.proven
    assert {lun.controllers for lun in verdict.luns} == {None}
    assert texts(verdict, Severity.NOTE) == [
        "array eva01: losing a controller is not judged, because Windows does not tell the controllers of all paths;"
        " declare the controller of 10.10.1.22:3260, 10.10.2.22:3260"
    ]


def test_names_and_target_port_groups_are_not_mixed() -> None:
    host = converged().host()
    disks = tuple(
        replace(disk, paths=tuple(replace(path, target_port_group=1) for path in disk.paths))
        for disk in value_of(host.disks)
    )
    where = declared(controller={"10.10.1.21": "A", "10.10.2.21": "A"})
    verdict = proofs(replace(host, disks=Known(disks)), where)
    assert {text.partition(": ")[2] for text in texts(verdict)} == {
        "every working path uses controller target port group 1: losing it loses the LUN"
    }


def test_a_module_declared_for_one_portal_says_nothing_of_the_others() -> None:
    assert proofs(converged().host(), declared(module={"10.10.1.21": "1"})).proven
    every = {str(one.portal.address): "1" for one in layout().arrays[0].portals}
    assert not proofs(converged().host(), declared(module=every)).proven


def test_luns_are_sorted_whatever_order_they_are_read_in() -> None:
    truth = converged()
    there = [lun.wwn for lun in proofs(truth.host()).luns]
    truth.reordered = True
    assert [lun.wwn for lun in proofs(truth.host()).luns] == there == sorted(there)


def test_what_is_exempt_is_shown_and_fails_nothing() -> None:
    truth = without_controller(converged(), ".22")
    verdict = prove_host(layout(), None, truth.host(), exempt={"eva01"})
    assert verdict.proven
    assert [lun.proven for lun in verdict.luns] == [False, False]
    assert path_shortfall(layout(), None, truth.host(), None, {"eva01"}) == ()


def test_arrays_that_wait_for_multipath() -> None:
    assert arrays_not_in_effect(layout(), converged().host()) == frozenset()
    assert arrays_not_in_effect(layout(), prepared().host()) == frozenset(), "no session stands that could wait"
    assert arrays_not_in_effect(layout(), fresh().host()) == {"eva01"}


# ---- stored logins besides those of the declared paths


def surplus(truth: Truth) -> list[Finding]:
    """Return what the proof says of them, which must be what the plan says."""
    said = [one for one in proofs(truth.host()).findings if "favorite targets" in one.text]
    planned = [one for one in plan_host(whole(), truth.host()).findings if "favorite targets" in one.text]
    assert said == planned
    return said


def favourite(truth: Truth, **changes: object) -> PersistentLogin:
    return replace(truth.logins[0], **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"portal": None, "port_number": None, "multipath": False}, "from any NIC at any portal"),
        ({"port_number": None}, "from any NIC at 10.10.1.21:3260"),
        ({"port_number": 1}, "from NIC 10.10.2.11 at 10.10.1.21:3260"),
        ({"port_number": 77}, "from initiator port 77, which no NIC has, at 10.10.1.21:3260"),
        ({"target": "iqn.2000-01.com.example:old"}, "from NIC 10.10.1.11 at 10.10.1.21:3260"),
    ],
    ids=["any portal", "any NIC", "NIC of another subnet", "NIC that is gone", "another target"],
)
def test_a_stored_login_that_is_no_half_of_a_declared_path_is_named(changes: dict[str, object], where: str) -> None:
    truth = converged()
    extra = favourite(truth, **changes)
    truth.logins.append(extra)
    (finding,) = surplus(truth)
    assert finding.severity is Severity.NOTE
    assert finding.where == f"persistent login of {extra.target} {where}"
    assert proofs(truth.host()).proven


def test_halves_and_what_belongs_to_others_are_not_named() -> None:
    truth = converged()
    foreign = favourite(truth, target="iqn.2000-01.com.other:x", portal=portal("10.10.1.200"), port_number=None)
    truth.logins.append(foreign)
    truth.logins[0] = favourite(truth, multipath=False)  # a wrong half, which is mended
    assert surplus(truth) == []


def test_the_half_of_a_path_whose_portal_is_silent_today_is_not_named() -> None:
    assert surplus(without_controller(converged(), ".22")) == []


def test_a_port_number_that_windows_does_not_resolve_today_may_be_a_half() -> None:
    truth = converged()
    host = truth.host()
    initiator = value_of(host.initiator)
    blind = replace(host, initiator=Known(replace(initiator, ports=initiator.ports[:1], ports_known=False)))
    assert not [one for one in proofs(blind).findings if "favorite targets" in one.text]
    assert stored(truth, all_paths(truth)[1]).port_number == initiator.number_of(IPv4Address("10.10.2.11"))
