# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known although a class cannot be read: stopped services, absent drivers, other sources; else unknown."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    PARTS,
    Known,
    PathState,
    Service,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import (
    Fault,
    HostWentAway,
    WsmanFault,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy, read, value

SERVICE_PARTS = ("initiator", "portals", "targets", "sessions", "logins")
STOPPED = [{"Name": "MSiSCSI", "StartMode": "Manual", "State": "Stopped"}]
MPIO_CLASSES = ("MPIO_REGISTERED_DSM", "MPIO_DISK_INFO", "MPIO_GET_DESCRIPTOR", "DSM_QueryLBPolicy_V2")


@pytest.fixture
def link() -> answers.FakeLink:
    return healthy()


def test_a_stopped_service_is_known_and_its_subjects_are_not(link: answers.FakeLink) -> None:
    link.classes["Win32_Service"] = STOPPED
    for name in SERVICE_PARTS:
        link.classes[name] = []
    link.classes["MSiSCSIInitiator_SessionClass"] = []  # a stopped service may answer with nothing
    host = read(link, "initiator_service", *SERVICE_PARTS)
    assert value(host.initiator_service).state == "Stopped"
    for name in SERVICE_PARTS:
        part = getattr(host, name)
        assert isinstance(part, Unknown)
        assert "MSiSCSI service is not running" in part.reason
    assert "MSiSCSIInitiator_SessionClass" not in link.asked


def test_a_missing_service_is_told(link: answers.FakeLink) -> None:
    link.classes["Win32_Service"] = []
    host = read(link, *SERVICE_PARTS)
    assert value(host.initiator_service) == Service("MSiSCSI", "Absent", "Absent")
    assert not value(host.initiator_service).installed
    for name in SERVICE_PARTS:
        assert isinstance(getattr(host, name), Unknown)
        assert "not installed" in getattr(host, name).reason


@pytest.mark.parametrize("drivers", [[], [{"Name": "mpio", "StartMode": "Boot", "State": "Stopped"}]])
@pytest.mark.parametrize("answer", [answers.fault(answers.NO_DRIVER), []])
def test_without_mpio_it_owns_nothing(link: answers.FakeLink, drivers: t.Any, answer: t.Any) -> None:
    link.classes["Win32_SystemDriver"] = drivers
    link.classes.update(dict.fromkeys(MPIO_CLASSES, answer))
    host = read(link, "dsms", "disks")
    assert (value(host.dsms), value(host.disks)) == ((), ())
    assert not link.shell_open


def test_while_mpio_runs_a_silent_class_is_not_zero(link: answers.FakeLink) -> None:
    link.classes.update(dict.fromkeys(MPIO_CLASSES, answers.fault(answers.NO_DRIVER)))
    link.tools = {}
    host = read(link, "dsms", "disks")
    assert isinstance(host.dsms, Unknown)
    assert isinstance(host.disks, Unknown)
    assert "mpclaim" in host.disks.reason
    assert "not recognized" in host.disks.reason


def test_unreadable_drivers_do_not_mean_absent(link: answers.FakeLink) -> None:
    link.classes["Win32_SystemDriver"] = answers.fault()
    link.classes.update(dict.fromkeys(MPIO_CLASSES, answers.fault()))
    link.tools = {}
    assert isinstance(read(link, "disks").disks, Unknown)


@pytest.mark.parametrize(
    ("state", "enabled", "present"), [(1, True, True), (2, False, True), (3, False, False), (4, None, None)]
)
def test_feature(link: answers.FakeLink, state: int, enabled: bool | None, present: bool | None) -> None:
    link.classes["Win32_OptionalFeature"] = [{"Name": "MultipathIo", "InstallState": state}]
    part = read(link, "feature").feature
    if enabled is None:
        assert isinstance(part, Unknown)
    else:
        assert (value(part).enabled, value(part).present) == (enabled, present)


@pytest.mark.parametrize("name", PARTS)
def test_every_part_that_cannot_be_read_is_unknown_with_a_reason(name: str) -> None:
    link = answers.FakeLink({"Win32_OperatingSystem": scenario.classes()["Win32_OperatingSystem"]})
    part = getattr(read(link, name, services=("ImportantApp",)), name)
    assert isinstance(part, Unknown)
    assert len(part.reason) > 20


def test_a_lost_host_ends_the_reading(link: answers.FakeLink) -> None:
    link.classes["MSiSCSIInitiator_SessionClass"] = HostWentAway("the host went away")
    with pytest.raises(HostWentAway):
        read(link, "sessions")


def test_a_spent_quota_ends_the_reading(link: answers.FakeLink) -> None:
    quota = Fault(0x803381A6, "QuotaLimit", "too many", None, None, None, None)
    link.classes["MSiSCSIInitiator_SessionClass"] = answers.fault(quota)
    with pytest.raises(WsmanFault):
        read(link, "sessions")


# --- arrays of objects that do not come through: nobody has recorded how root/wmi renders them


def emptied(values: t.Any, array: str) -> t.Any:
    """Return the values with an array as null, wherever it stands."""
    if isinstance(values, dict):
        return {key: None if key == array else emptied(value, array) for key, value in values.items()}
    return [emptied(one, array) for one in values] if isinstance(values, list) else values


@pytest.mark.parametrize(
    ("name", "array", "part"),
    [
        ("MSiSCSI_PortalInfoClass", "PortalInformation", "initiator"),
        ("MPIO_REGISTERED_DSM", "DsmParameters", "dsms"),
    ],
)
def test_a_lost_array_makes_the_part_unknown(link: answers.FakeLink, name: str, array: str, part: str) -> None:
    link.classes[name] = emptied(link.classes[name], array)
    found = getattr(read(link, part), part)
    assert isinstance(found, Unknown)
    assert array in found.reason


@pytest.mark.parametrize(
    ("name", "array"), [("MPIO_DISK_INFO", "DriveInfo"), ("MPIO_GET_DESCRIPTOR", "PdoInformation")]
)
def test_a_lost_array_of_disks_lets_the_tool_speak(link: answers.FakeLink, name: str, array: str) -> None:
    link.classes[name] = emptied(link.classes[name], array)
    disks = read(link, "disks").disks
    assert isinstance(disks, Known)
    assert disks.source == "mpclaim"
    assert [len(disk.paths) for disk in disks.value] == [4, 4, 3]


def test_lost_paths_of_the_dsm_are_told_by_the_tool(link: answers.FakeLink) -> None:
    expected = value(read(link, "disks").disks)
    link.classes["DSM_QueryLBPolicy_V2"] = emptied(link.classes["DSM_QueryLBPolicy_V2"], "DSM_Paths")
    assert read(link, "disks").disks == Known(expected, "mpclaim")


@pytest.mark.parametrize("array", ["SessionsList", "ConnectionsList"])
def test_lost_sessions_of_the_driver_leave_those_of_the_service(link: answers.FakeLink, array: str) -> None:
    link.classes["MSiSCSI_InitiatorSessionInfo"] = emptied(link.classes["MSiSCSI_InitiatorSessionInfo"], array)
    sessions = value(read(link, "sessions").sessions)
    assert [str(one.connections[0].remote.address) for one in sessions] == list(scenario.PORTALS)
    assert {one.connections[0].state for one in sessions} == {None}


# --- two sources, one state


@pytest.mark.parametrize(
    ("part", "lost", "source"),
    [
        ("sessions", "MSiSCSIInitiator_SessionClass", "iscsicli"),
        ("logins", "MSiSCSIInitiator_PersistentLoginClass", "iscsicli"),
        ("portals", "MSiSCSIInitiator_SendTargetPortalClass", "iscsicli"),
        ("targets", "MSiSCSIInitiator_TargetClass", "iscsicli"),
        ("disks", "DSM_QueryLBPolicy_V2", "mpclaim"),
    ],
)
def test_the_tool_tells_the_same_as_the_class(link: answers.FakeLink, part: str, lost: str, source: str) -> None:
    expected = getattr(read(link, part), part)
    link.classes[lost] = answers.fault()
    found = getattr(read(link, part), part)
    assert found == Known(expected.value, source)


def test_mpclaim_alone_tells_what_it_can(link: answers.FakeLink) -> None:
    expected = value(read(link, "disks").disks)
    link.classes.update(dict.fromkeys(MPIO_CLASSES, answers.fault()))
    found = read(link, "disks").disks
    without = (
        dataclasses.replace(
            disk,
            instance="",
            # mpclaim tells neither; the sessions' devices do, in small letters.
            vendor=(disk.vendor or "").lower(),
            product=(disk.product or "").lower(),
            paths=tuple(path for path in disk.paths if path.state is not PathState.FAILED),
        )
        for disk in expected
    )
    assert found == Known(tuple(without), "mpclaim")


def test_the_storage_class_tells_the_same_portals(link: answers.FakeLink) -> None:
    expected = value(read(link, "portals").portals)
    link.classes["MSiSCSIInitiator_SendTargetPortalClass"] = answers.fault()
    rows = [
        {
            "TargetPortalAddress": portal,
            "TargetPortalPortNumber": 3260,
            "InitiatorInstanceName": scenario.INSTANCE,
            "InitiatorPortalAddress": nic,
        }
        for nic, _number, portal in scenario.PATHS
    ]
    link.classes["MSFT_iSCSITargetPortal"] = rows
    untold = tuple(dataclasses.replace(portal, authentication=None) for portal in expected)
    assert read(link, "portals").portals == Known(untold, "msft")
    # A NIC that has no number now: the storage class cannot tell, the tool can.
    link.classes["MSFT_iSCSITargetPortal"] = [{**rows[0], "InitiatorPortalAddress": "10.10.9.9"}, *rows[1:]]
    assert read(link, "portals").portals == Known(expected, "iscsicli")


def test_a_tool_that_fails_is_not_an_empty_list(link: answers.FakeLink) -> None:
    link.classes["MSiSCSIInitiator_SessionClass"] = answers.fault()
    link.tools["iscsicli SessionList"] = answers.printed(*texts.BANNER, "Der Dienst antwortet nicht. ", code=1359)
    part = read(link, "sessions").sessions
    assert isinstance(part, Unknown)
    assert "1359" in part.reason
