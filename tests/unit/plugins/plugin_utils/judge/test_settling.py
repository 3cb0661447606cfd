# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is still on its way after a login or a boot, and which session a login made."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._judge.dsms import MICROSOFT
from ansible_collections.eva.mpio.plugins.plugin_utils._judge.settling import misplaced_session, unsettled
from ansible_collections.eva.mpio.plugins.plugin_utils._model import Device, Host, Known, Path, TargetPortal, value_of
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.hosts import (
    all_paths,
    converged,
    portal,
    prepared,
    without,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import Truth, stored

PORTALS = frozenset(path.portal for path in all_paths(converged()))


def before_and_after_login(**other: object) -> tuple[Host, Host, Truth]:
    truth = prepared(**other)
    before = truth.host()
    truth.log_in(all_paths(truth)[0])
    return before, truth.host(), truth


def with_devices(host: Host, **values: object) -> Host:
    """Return the host with attributes of every disk of every session changed."""

    def change(device: Device) -> Device:
        return replace(device, **values) if device.disk else device  # type: ignore[arg-type]

    sessions = tuple(replace(one, devices=tuple(map(change, one.devices))) for one in value_of(host.sessions))
    return replace(host, sessions=Known(sessions))


def test_a_login_whose_devices_are_there() -> None:
    before, after, _truth = before_and_after_login()
    assert not unsettled(after, before, PORTALS, MICROSOFT)


def test_t_08_devices_that_are_not_there_yet() -> None:
    before, after, truth = before_and_after_login(device_delay=2.0)
    assert unsettled(after, before, PORTALS, MICROSOFT)
    truth.clock += 2
    assert not unsettled(truth.host(), before, PORTALS, MICROSOFT)


@pytest.mark.parametrize("values", [{"number": None}, {"vendor": None, "product": None}], ids=["number", "name"])
def test_t_08_devices_without_number_or_name(values: dict[str, object]) -> None:
    before, after, _truth = before_and_after_login()
    assert unsettled(with_devices(after, **values), before, PORTALS, MICROSOFT)


def test_only_the_new_session_is_awaited() -> None:
    truth = converged()
    for lun in truth.arrays[0].luns:
        lun.presented = False
    truth.sessions.pop()
    before = truth.host()
    assert not unsettled(before, before, PORTALS, MICROSOFT)


def test_other_arrays_are_not_awaited() -> None:
    before, after, _truth = before_and_after_login(device_delay=2.0)
    assert not unsettled(after, before, frozenset(), MICROSOFT)
    assert not unsettled(after, before, frozenset({portal("10.10.9.9")}), MICROSOFT)


def test_after_a_boot_stored_logins_are_awaited() -> None:
    truth = converged(session_delay=2.0)
    truth.boot()
    assert unsettled(truth.host(), None, PORTALS, MICROSOFT)
    truth.clock += 2
    assert not unsettled(truth.host(), None, PORTALS, MICROSOFT)


def test_after_the_services_start_stored_logins_are_awaited() -> None:
    truth = converged(session_delay=2.0)
    truth.running, truth.sessions = False, []
    before = truth.host()
    truth.start_service()
    assert unsettled(truth.host(), before, PORTALS, MICROSOFT)
    truth.clock += 2
    assert not unsettled(truth.host(), before, PORTALS, MICROSOFT)


def test_after_a_login_other_stored_logins_are_not_awaited() -> None:
    truth = prepared()
    truth.logins.append(stored(truth, all_paths(truth)[1]))
    before = truth.host()
    truth.log_in(all_paths(truth)[0])
    assert not unsettled(truth.host(), before, PORTALS, MICROSOFT)


def test_luns_that_mpio_has_not_taken_yet_are_awaited() -> None:
    before, after, truth = before_and_after_login()
    truth.sessions[0].outside = {lun.wwn for lun in truth.arrays[0].luns}
    assert unsettled(truth.host(), before, PORTALS, MICROSOFT)
    assert not unsettled(after, before, PORTALS, MICROSOFT)


def test_a_restart_that_was_needed_before_the_login_is_not_awaited() -> None:
    truth = prepared()
    truth.feature = "pending"
    before = truth.host()
    truth.log_in(all_paths(truth)[0])
    assert not unsettled(truth.host(), before, PORTALS, MICROSOFT)


def test_what_was_in_effect_is_awaited() -> None:
    truth = converged()
    truth.sessions.pop()
    before = truth.host()
    truth.log_in(all_paths(truth)[3]).outside = {truth.arrays[0].luns[0].wwn}
    assert unsettled(truth.host(), before, PORTALS, MICROSOFT)


@pytest.mark.parametrize("part", ["sessions", "logins"])
def test_what_could_not_be_read_just_now_is_awaited_while_the_service_runs(part: str) -> None:
    truth = converged()
    assert unsettled(without(truth.host(), part), truth.host(), PORTALS, MICROSOFT)
    truth.running = False
    assert not unsettled(truth.host(), None, PORTALS, MICROSOFT)
    assert not unsettled(without(truth.host(), "initiator_service"), None, PORTALS, MICROSOFT)


ASKED = all_paths(converged())[0]
OTHER_NIC = IPv4Address("10.10.2.11")


def made(path: Path, truth: Truth | None = None) -> tuple[Host, Host]:
    """A host before and after a session was made."""
    truth = truth or prepared()
    before = truth.host()
    truth.log_in(path)
    return before, truth.host()


def misplaced(hosts: tuple[Host, Host]) -> bool:
    return misplaced_session(*hosts, ASKED) is not None


def test_the_session_asked_for_is_in_its_place() -> None:
    assert not misplaced(made(ASKED))


def test_b_06_a_session_from_another_nic_is_misplaced() -> None:
    before, after = made(replace(ASKED, nic=OTHER_NIC))
    session = misplaced_session(before, after, ASKED)
    assert session == value_of(after.sessions)[-1]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(replace(ASKED, nic=OTHER_NIC, target="iqn.other"), id="other-target"),
        pytest.param(replace(ASKED, nic=OTHER_NIC, portal=portal("10.10.2.21")), id="other-portal"),
    ],
)
def test_a_session_elsewhere_is_not_the_logins(path: Path) -> None:
    assert not misplaced(made(path))


def test_a_session_that_stood_before_is_not_the_logins() -> None:
    truth = prepared()
    truth.log_in(replace(ASKED, nic=OTHER_NIC))
    assert not misplaced((truth.host(), truth.host()))


def test_a_session_that_windows_made_of_a_stored_login_is_not_the_logins() -> None:
    other = replace(ASKED, nic=OTHER_NIC)
    truth = prepared()
    truth.logins.append(stored(truth, other))
    assert not misplaced(made(other, truth))
    # It was live already: a second one is no stored login's.
    assert misplaced(made(other, truth))


def test_with_the_session_asked_for_no_other_is_blamed() -> None:
    truth = prepared()
    before = truth.host()
    truth.log_in(replace(ASKED, nic=OTHER_NIC))
    truth.log_in(ASKED)
    assert not misplaced((before, truth.host()))


def test_where_windows_does_not_tell_the_nic_nobody_is_blamed() -> None:
    truth = prepared()
    before = truth.host()
    truth.log_in(replace(ASKED, nic=OTHER_NIC)).tells_nic = False
    assert not misplaced((before, truth.host()))
    assert not misplaced((without(before, "sessions"), truth.host()))


@pytest.mark.parametrize("login_portal", [None, ASKED.portal])
def test_a_session_of_a_login_stored_for_any_nic_is_not_the_logins(login_portal: TargetPortal | None) -> None:
    truth = prepared()
    truth.logins.append(replace(stored(truth, ASKED), port_number=None, portal=login_portal))
    assert not misplaced(made(replace(ASKED, nic=OTHER_NIC), truth))


@pytest.mark.parametrize("part", ["dsms", "disks"])
def test_after_a_boot_mpio_that_does_not_answer_yet_is_awaited(part: str) -> None:
    host = converged().host()
    assert unsettled(without(host, part), None, PORTALS, MICROSOFT)
    assert not unsettled(without(host, part), without(host, part), PORTALS, MICROSOFT)
    assert not unsettled(host, None, PORTALS, MICROSOFT)
