# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared layout held against a host: what is proven, what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Policy
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import Layout, LunPolicy, WantedPolicies
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.plan import Severity, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._plan.proof import (
    Proofs,
    path_shortfall,
    prove_host,
    shows_disks_outside,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    converged,
    fresh,
    portal,
    prepared,
    under_hps,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import HP as HP_NAME
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import FakeArray, Lun, Truth
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.wishes import HP, layout

P6300 = "HP      HSV340          "


def proofs(truth: Truth, where: Layout | None = None, policies: WantedPolicies | None = None) -> Proofs:
    return prove_host(where or layout(), policies, truth.host())


def of_array(**values: object) -> Layout:
    """The layout with attributes of its array changed."""
    wanted = layout()
    return replace(wanted, arrays=(replace(wanted.arrays[0], **values),))  # type: ignore[arg-type]


def test_all_is_proven() -> None:
    verdict = proofs(converged(), policies=WantedPolicies(LunPolicy(Policy.ROUND_ROBIN)))
    assert (verdict.proven, verdict.findings) == (True, ())
    assert [lun.wwn for lun in verdict.luns] == [lun.wwn for lun in fresh().arrays[0].luns]
    assert {lun.array for lun in verdict.luns} == {"eva01"}


def test_the_wanted_dsm_must_have_each_lun() -> None:
    for truth, owner, other, label in (
        (converged(), HP, "Microsoft DSM", "HP MPIO Full Featured DSM for EVA"),
        (under_hps(), MICROSOFT, HP_NAME, "Microsoft DSM"),
    ):
        right, wrong = (
            proofs(truth, replace(layout(), owner=owner.other)),
            proofs(truth, replace(layout(), owner=owner)),
        )
        assert right.proven
        assert not wrong.proven
        for lun in wrong.luns:
            assert lun.reasons == (f"its DSM is {other} instead of the {label}",)


def test_no_lun_is_no_proof() -> None:
    verdict = proofs(prepared())
    assert (verdict.proven, verdict.luns) == (False, ())
    (finding,) = verdict.findings
    assert finding.side is Side.ARRAY
    assert "0 LUNs are visible as MPIO disks, at least 1 wanted; no LUN is no proof" in finding.text


def test_a_declared_lun_that_is_not_there() -> None:
    wwn = "6001438005DE00FF00004000000000FF"
    verdict = proofs(converged(), of_array(luns=(wwn,)))
    assert [str(finding) for finding in verdict.findings] == [
        f"LUN {wwn} of eva01: it is declared, and no MPIO disk here has this WWN"
    ]


@pytest.mark.parametrize(("minimum", "proven"), [(1, True), (2, True), (3, False)])
def test_minimum_luns(minimum: int, proven: bool) -> None:
    assert proofs(converged(), of_array(minimum_luns=minimum)).proven is proven


def test_luns_of_other_arrays_are_left_out() -> None:
    truth = converged()
    there = portal("10.10.1.200")
    truth.arrays.append(FakeArray({"iqn.2000-01.com.other:x": (there,)}, [Lun("60AA", "HP", "HSV340")]))
    truth.log_in(replace(truth.sessions[0].path, portal=there, target="iqn.2000-01.com.other:x"))
    verdict = proofs(truth)
    assert verdict.proven
    assert "60AA" not in [lun.wwn for lun in verdict.luns]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ([P6300], "LUNs that are claimed are still outside MPIO"),
        ([], f'LUNs are visible outside MPIO and "{P6300}" is not claimed'),
    ],
)
def test_luns_outside_mpio_are_not_visible_as_mpio_disks(claims: list[str], why: str) -> None:
    truth = converged()
    truth.claims = list(claims)
    for session in truth.sessions:
        session.outside = {lun.wwn for lun in truth.arrays[0].luns}
    verdict = proofs(truth)
    assert not verdict.proven
    # The array shows its LUNs: it is the host that does not take them.
    problems = [finding for finding in verdict.findings if finding.severity is Severity.PROBLEM]
    assert {finding.side for finding in problems} == {Side.HOST}
    cure = "restart Windows (eva.mpio.reboot)" if claims else "see that a DSM claims them (eva.mpio.claim), and restart"
    (text,) = [finding.text for finding in problems if "each path as a disk of its own" in finding.text]
    assert f": {why}" in text
    assert f"; {cure}" in text
    assert shows_disks_outside(layout(), truth.host())
    assert not shows_disks_outside(layout(), converged().host())
    assert not shows_disks_outside(layout(), converged(hidden=frozenset({"disks"})).host())


def test_a_wrong_stored_login_is_no_right_one() -> None:
    truth = converged()
    truth.logins[0] = replace(truth.logins[0], multipath=False)
    verdict = proofs(truth)
    assert {lun.stored for lun in verdict.luns} == {3}
    assert not verdict.proven


def test_a_stored_login_without_the_wished_authentication_is_no_right_one() -> None:
    verdict = proofs(converged(), layout(chap=Chap("u", "s" * 12)))
    assert {lun.stored for lun in verdict.luns} == {0}


def test_a_lonely_portal_is_a_note_and_no_hindrance() -> None:
    where = layout(portals=("10.10.1.21", "10.10.2.21", "10.10.1.22", "10.10.2.22", "10.77.1.1"))
    verdict = proofs(converged(), where)
    assert verdict.proven
    assert [finding.severity for finding in verdict.findings] == [Severity.NOTE]


def test_a_layout_that_the_host_cannot_have_proves_nothing() -> None:
    verdict = proofs(converged(), layout(nics=("10.10.3.11", "10.10.4.11")))
    assert (verdict.proven, verdict.luns) == (False, ())


@pytest.mark.parametrize("part", ["nics", "sessions", "targets", "logins", "disks", "initiator"])
def test_h_01_what_cannot_be_read_is_no_proof(part: str) -> None:
    verdict = proofs(converged(hidden=frozenset({part})))
    assert (verdict.proven, verdict.luns) == (False, ())
    assert f"{part} cannot be read here" in str(verdict.findings[0])


@pytest.mark.parametrize(
    ("lost", "minimum", "texts"),
    [
        (0, None, []),
        (1, None, ["3 of 4 declared paths are live, 4 needed"]),
        (1, 3, []),
        (2, 3, ["2 of 4 declared paths are live, 3 needed"]),
        (0, 9, []),
        (4, 1, ["0 of 4 declared paths are live, 1 needed"]),
    ],
)
def test_path_shortfall(lost: int, minimum: int | None, texts: list[str]) -> None:
    truth = converged()
    del truth.sessions[:lost]
    found = path_shortfall(layout(), minimum, truth.host(), None)
    assert [finding.text for finding in found] == texts


def test_a_shortfall_says_what_the_paths_wait_for() -> None:
    (finding,) = path_shortfall(layout(), None, prepared().host(), "multipath is in effect")
    assert finding.text.endswith("4 needed; the others wait until multipath is in effect")


def test_a_route_without_a_known_target_counts() -> None:
    truth = converged()
    truth.known_targets, truth.sessions = {}, truth.sessions[:2]
    (finding,) = path_shortfall(layout(), None, truth.host(), None)
    assert finding.text == "2 of 4 declared paths are live, 4 needed"


def test_paths_that_cannot_be_read_are_no_zero() -> None:
    (finding,) = path_shortfall(layout(), None, converged(hidden=frozenset({"sessions"})).host(), None)
    assert finding.text == "its paths are not known: sessions cannot be read here"
