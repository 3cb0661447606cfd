# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claimed, in effect, and pending until a restart are three states."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._eva.dsm_names import is_microsofts
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.effect import (
    Effect,
    State,
    covers,
    judge,
    unclaimed,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Claims, Dsm, Host, Known, value_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    fresh,
    prepared,
    without,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import SERVER_2003, Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import P6300

BUS_WIDE = "MSFT2005iSCSIBusType_0x9"


def effect_of(host: Host) -> Effect:
    return judge(host, value_of(host.sessions), MICROSOFT)


def outside(claims: list[str]) -> Truth:
    """LUNs that came when nothing was claimed; this is claimed now."""
    truth = prepared()
    truth.claims, truth.loaded_claims = [], []
    truth.log_in(all_paths(truth)[0])
    truth.claims = claims
    return truth


def running(truth: Truth) -> Truth:
    truth.running = True
    return truth


STATES: dict[str, tuple[Truth, State, str]] = {
    "absent": (running(fresh()), State.NOT_IN_EFFECT, "the MPIO feature is not enabled"),
    "M-04-pending": (running(fresh(feature="pending")), State.REBOOT_PENDING, "the Microsoft DSM is not loaded yet"),
    "no-lun": (prepared(), State.UNKNOWN, "no LUN of the array is visible yet"),
    "M-05-in-effect": (converged(), State.IN_EFFECT, "every visible LUN is a disk of the Microsoft DSM"),
    "M-02-not-claimed": (outside([]), State.NOT_IN_EFFECT, f'"{P6300}" is not claimed'),
    "claimed-too-late": (outside([P6300]), State.REBOOT_PENDING, "LUNs that are claimed are still outside MPIO"),
    "M-17-bus-wide-too-late": (
        outside([BUS_WIDE]),
        State.REBOOT_PENDING,
        "still outside MPIO (port 4 bus 0 target 1 LUN 1",
    ),
}


@pytest.mark.parametrize(("truth", "state", "reason"), STATES.values(), ids=STATES.keys())
def test_states(truth: Truth, state: State, reason: str) -> None:
    effect = effect_of(truth.host())
    assert (effect.state, effect.in_effect) == (state, state is State.IN_EFFECT)
    assert reason in effect.reason
    assert effect.readable


def on_2003(truth: Truth) -> Truth:
    truth.traits, truth.claims, truth.loaded_claims = SERVER_2003, [], []
    return truth


STATES_2003: dict[str, tuple[Truth, State, str]] = {
    "absent": (
        running(fresh(traits=SERVER_2003)),
        State.NOT_IN_EFFECT,
        "MPIO, which comes with the initiator package, is not installed",
    ),
    "pending": (
        running(fresh(traits=SERVER_2003, feature="pending")),
        State.REBOOT_PENDING,
        "MPIO, which comes with the initiator package, is installed but the Microsoft DSM is not loaded yet",
    ),
    "in-effect": (on_2003(converged()), State.IN_EFFECT, "every visible LUN is a disk of the Microsoft DSM"),
    "outside": (
        on_2003(outside([])),
        State.REBOOT_PENDING,
        "still outside MPIO, although the Microsoft DSM claims every iSCSI LUN (port 4 bus 0 target 1 LUN 1",
    ),
}


@pytest.mark.parametrize(("truth", "state", "reason"), STATES_2003.values(), ids=STATES_2003.keys())
def test_states_without_a_feature_and_a_claim_list(truth: Truth, state: State, reason: str) -> None:
    effect = effect_of(truth.host())
    assert (effect.state, effect.readable) == (state, True)
    assert reason in effect.reason


@pytest.mark.parametrize(
    ("name", "microsofts"),
    [("Microsoft DSM", True), ("MICROSOFT iSCSI DSM", True), ("IBM SDDDSM", False), ("DSM by Microsoft", False)],
)
def test_a_dsm_is_microsofts_by_how_its_name_begins(name: str, microsofts: bool) -> None:
    assert is_microsofts(name) is microsofts


@pytest.mark.parametrize("part", ["feature", "dsms", "disks"])
def test_h_01_an_unknown_part_makes_it_unknown(part: str) -> None:
    effect = effect_of(without(converged().host(), part))
    assert (effect.state, effect.reason, effect.readable) == (State.UNKNOWN, f"{part} cannot be read here", False)


def test_unknown_claims_are_no_claims() -> None:
    assert effect_of(without(outside([P6300]).host(), "claims")).state is State.NOT_IN_EFFECT


@pytest.mark.parametrize(("vendor", "product"), [("VENDORTOOLONG", "HSV340"), ("HP", "HSV34ö")])
def test_luns_that_do_not_tell_what_they_are_make_it_unknown(vendor: str, product: str) -> None:
    truth = outside([P6300])
    truth.arrays[0].luns[0].vendor, truth.arrays[0].luns[0].product = vendor, product
    effect = effect_of(truth.host())
    assert (effect.state, effect.readable) == (State.UNKNOWN, False)


def test_a_lun_without_a_name_yet_makes_it_unknown() -> None:
    host = outside([P6300]).host()
    (session,) = value_of(host.sessions)
    nameless = replace(session, devices=tuple(replace(one, vendor=None, product=None) for one in session.devices))
    assert judge(host, [nameless], MICROSOFT).state is State.UNKNOWN


def test_one_of_two_luns_outside_is_not_in_effect() -> None:
    truth = converged()
    truth.sessions[3].outside = {truth.arrays[0].luns[1].wwn}
    assert effect_of(truth.host()).state is State.REBOOT_PENDING


def test_disks_of_another_dsm_are_not_in_effect() -> None:
    host = converged().host()
    disks = tuple(replace(disk, dsm="Acme DSM") for disk in value_of(host.disks))
    assert not effect_of(replace(host, disks=Known(disks))).in_effect


@pytest.mark.parametrize("name", ["microsoft dsm", "MICROSOFT DSM"])
def test_the_dsms_name_in_any_letter_case(name: str) -> None:
    host = converged().host()
    assert effect_of(replace(host, dsms=Known((Dsm(name, "6.3"),)))).in_effect


def test_m_16_in_effect_is_judged_by_the_sessions_given() -> None:
    truth = converged()
    host = truth.host()
    assert judge(host, (), MICROSOFT).state is State.UNKNOWN
    assert judge(host, value_of(host.sessions)[:1], MICROSOFT).in_effect


COVERS: dict[str, tuple[list[str], bool]] = {
    "none": ([], False),
    "exact": ([P6300], True),
    "letter-case": ([P6300.lower()], True),
    "prefix": (["HP"], True),
    "unpadded-prefix": (["HP      HSV340"], True),
    "longer": ([P6300 + "1"], False),
    "other": (["HP      HSV360          "], False),
    "second": (["IBM", P6300], True),
    "after-empty": (["IBM", "", P6300], False),
    "before-empty": ([P6300, "", "x"], True),
    "bus-wide": ([BUS_WIDE], True),
    "bus-wide-after-empty": (["", BUS_WIDE], False),
    "other-bus": (["MSFT2011SASBusType_0xA"], False),
    "unpadded-vendor": (["HPHSV340"], False),
}


@pytest.mark.parametrize(("entries", "covered"), COVERS.values(), ids=COVERS.keys())
def test_covers(entries: list[str], covered: bool) -> None:
    assert covers(entries, P6300) is covered


@pytest.mark.parametrize(
    ("claims", "missing"),
    [
        pytest.param(Claims((P6300,), (P6300,)), (), id="both"),
        pytest.param(Claims((P6300,), ()), (P6300,), id="only-mpio"),
        pytest.param(Claims((), (P6300,)), (P6300,), id="only-dsm"),
        pytest.param(Claims(("HP",), (BUS_WIDE,)), (), id="L-08-each-in-its-way"),
    ],
)
def test_unclaimed(claims: Claims, missing: tuple[str, ...]) -> None:
    assert unclaimed(claims, [P6300]) == missing


def test_what_a_session_without_connection_shows_does_not_count() -> None:
    host = converged().host()
    sessions = value_of(host.sessions)
    gone = {device.address for device in sessions[0].devices}
    disks = tuple(
        replace(disk, paths=tuple(path for path in disk.paths if path.address not in gone))
        for disk in value_of(host.disks)
    )
    host = replace(host, sessions=Known((replace(sessions[0], connections=()), *sessions[1:])), disks=Known(disks))
    assert effect_of(host).in_effect


def test_a_device_that_windows_shows_as_an_mpio_disk_is_not_outside() -> None:
    host = converged().host()
    first = {device.address for device in value_of(host.sessions)[0].devices}
    disks = tuple(
        replace(disk, paths=tuple(path for path in disk.paths if path.address not in first))
        for disk in value_of(host.disks)
    )
    assert effect_of(replace(host, disks=Known(disks))).in_effect
    none = replace(host, disks=Known(()))
    assert (effect_of(none).state, effect_of(none).outside) == (State.UNKNOWN, ())


def test_disks_of_another_dsm_are_said_to_be_its() -> None:
    host = converged().host()
    disks = tuple(replace(disk, dsm="HP EVA DSM") for disk in value_of(host.disks))
    effect = effect_of(replace(host, disks=Known(disks)))
    assert (effect.state, effect.outside) == (State.NOT_IN_EFFECT, ())
    assert "the LUNs belong to DSM HP EVA DSM" in effect.reason


def test_a_claim_that_was_taken_back_counts_before_the_restart_that_shows_it() -> None:
    effect = effect_of(replace(converged().host(), claims=Known(Claims((), ()))))
    assert effect.state is State.NOT_IN_EFFECT
    assert "MPIO disks only until the next restart" in effect.reason
