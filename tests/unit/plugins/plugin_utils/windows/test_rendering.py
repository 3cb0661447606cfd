# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exact command or call of each step, what it shows, and what it never shows."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_address

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Chap,
    Host,
    Known,
    PathState,
    Policy,
    SessionId,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import (
    Announced,
    CannotRender,
    InvokeMethod,
    RunCommand,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import scenario
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, healthy, read
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.rendered import (
    CHAP,
    CHAP_LOGIN,
    HEX,
    INSTANCE,
    IQN,
    LOGIN,
    NIC,
    PORTAL,
    SECRET,
    STARS,
    STORED,
    WHY,
    rendered,
)

AO, AU = PathState.ACTIVE_OPTIMIZED, PathState.ACTIVE_UNOPTIMIZED
# Boot time of the host of scenario.py.
NOTE = "reg add HKLM\\SOFTWARE\\eva.mpio /v MpioChangedInBoot /t REG_SZ /d 2026-11-20T08:00:00.500000+01:00 /f"


@pytest.fixture(scope="module")
def host() -> Host:
    return read(healthy(), *PLAIN)


LINES: list[tuple[steps.Step, str]] = [
    (steps.Login(NIC, PORTAL, IQN, reason=WHY), f"iscsicli LoginTarget {LOGIN}"),
    (steps.StoreLogin(NIC, PORTAL, IQN, reason=WHY), f"iscsicli PersistentLoginTarget {LOGIN}"),
    (
        steps.AddDiscoveryPortal(PORTAL, NIC, reason=WHY),
        f"iscsicli AddTargetPortal 10.10.2.21 3260 {INSTANCE} 2 * {STARS}",
    ),
    (
        steps.Logout(SessionId(0xFFFFFA8003CB5018, 0x4000013700000001), IQN, reason=WHY),
        "iscsicli LogoutTarget fffffa8003cb5018-4000013700000001",
    ),
    (
        steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=dataclasses.replace(STORED, port_number=7), reason=WHY),
        f"iscsicli RemovePersistentTarget {INSTANCE} {IQN} 7 10.10.2.21 3260 & iscsicli PersistentLoginTarget {LOGIN}",
    ),
    (
        steps.ForgetLogin(NIC, PORTAL, IQN, login=dataclasses.replace(STORED, port_number=7), reason=WHY),
        f"iscsicli RemovePersistentTarget {INSTANCE} {IQN} 7 10.10.2.21 3260",
    ),
    (
        steps.EnableFeature(reason=WHY),
        f"{NOTE} & dism /online /enable-feature /featurename:MultipathIo /all /norestart",
    ),
    (
        steps.InstallInitiator("C:\\Setup\\Initiator-2.08.exe", ("/quiet", "/passive"), reason=WHY),
        f"{NOTE} & start /w C:\\Setup\\Initiator-2.08.exe /quiet /passive",
    ),
    (
        steps.ClaimHardware(("HP      HSV340          ", "MSFT2005iSCSIBusType_0x9"), reason=WHY),
        f'{NOTE} & mpclaim -n -i -d "HP      HSV340          " MSFT2005iSCSIBusType_0x9',
    ),
    (
        steps.ListHardware(("HP      HSV340          ",), reason=WHY),
        'mpclaim -n -i -d "HP      HSV340          "',
    ),
    (steps.SetPolicy(scenario.LUNS[0].wwn, Policy.LEAST_QUEUE_DEPTH, reason=WHY), "mpclaim -l -d 2 4"),
    (steps.SetPolicy(scenario.LUNS[1].wwn.lower(), Policy.ROUND_ROBIN_WITH_SUBSET, reason=WHY), "mpclaim -l -d 1 3"),
    (
        steps.SetPolicy(
            scenario.LUNS[0].wwn, Policy.FAILOVER_ONLY, (steps.PathSetting(0x77050000, AO, preferred=True),), reason=WHY
        ),
        "mpclaim -l -d 2 1 0000000077050000 0 0 1",
    ),
    (steps.SetPolicy(scenario.LUNS[0].wwn, None, reason=WHY), "mpclaim -l -d 2 0"),
    (steps.SetDefaultPolicy(None, Policy.LEAST_QUEUE_DEPTH, reason=WHY), "mpclaim -l -m 4"),
    (steps.SetDefaultPolicy(None, None, reason=WHY), "mpclaim -l -m 0"),
    (
        steps.SetDefaultPolicy("HP      HSV340          ", Policy.LEAST_BLOCKS, reason=WHY),
        'mpclaim -l -t "HP      HSV340          " 6',
    ),
    (
        steps.SetDefaultPolicy("HP      HSV340          ", None, reason=WHY),
        'mpclaim -l -t "HP      HSV340          " 0',
    ),
]


@pytest.mark.parametrize(("step", "line"), LINES, ids=lambda value: getattr(value, "summary", ""))
def test_command_lines(step: steps.Step, line: str, host: Host) -> None:
    action = rendered(step, host)
    assert isinstance(action, RunCommand)
    assert action.text == line


@pytest.mark.parametrize(
    ("step", "count"),
    [
        (steps.Login(NIC, PORTAL, IQN, reason=WHY), 18),
        (steps.StoreLogin(NIC, PORTAL, IQN, reason=WHY), 18),
        (steps.AddDiscoveryPortal(PORTAL, NIC, reason=WHY), 14),
        (steps.Logout(SessionId(1, 2), IQN, reason=WHY), 1),
    ],
)
def test_iscsicli_gets_the_number_of_arguments_it_counts(step: steps.Step, count: int, host: Host) -> None:
    [command] = rendered(step, host).commands
    assert len(command.arguments) == 1 + count


def test_flags_and_mappings_stand_in_their_slots(host: Host) -> None:
    _verb, *arguments = rendered(steps.Login(NIC, PORTAL, IQN, reason=WHY), host).commands[0].arguments
    assert (arguments[7], arguments[17]) == ("0x2", "0")


CALLS = [
    (
        steps.SetServiceStart("MSiSCSI", reason=WHY),
        "Win32_Service[Name=MSiSCSI].ChangeStartMode(StartMode=Automatic)",
        {"Name": "MSiSCSI"},
    ),
    (steps.StartService("MSiSCSI", reason=WHY), "Win32_Service[Name=MSiSCSI].StartService()", {"Name": "MSiSCSI"}),
    (
        steps.SetNodeName("iqn.2026-11.com.example:a", reason=WHY),
        "MSiSCSIInitiator_MethodClass.SetIScsiInitiatorNodeName(InitiatorNodeName=iqn.2026-11.com.example:a)",
        None,
    ),
    (steps.RefreshTargets(reason=WHY), "MSiSCSIInitiator_MethodClass.RefreshTargetList()", None),
    (
        steps.SetInitiatorSecret(SECRET, reason=WHY),
        "MSiSCSIInitiator_MethodClass.SetIScsiInitiatorCHAPSharedSecret(SharedSecret=********)",
        None,
    ),
]


@pytest.mark.parametrize(("step", "text", "selectors"), CALLS, ids=lambda value: getattr(value, "summary", ""))
def test_calls(step: steps.Step, text: str, selectors: dict[str, str] | None, host: Host) -> None:
    action = rendered(step, host)
    assert isinstance(action, InvokeMethod)
    assert (action.text, action.selectors) == (text, selectors)


def test_the_initiators_secret_travels_as_octets(host: Host) -> None:
    action = rendered(steps.SetInitiatorSecret(SECRET, reason=WHY), host)
    assert action.arguments == {"SharedSecret": SECRET.encode()}
    assert SECRET not in repr(action)


@pytest.mark.parametrize(
    ("verb", "step"),
    [
        ("LoginTarget", steps.Login(NIC, PORTAL, IQN, CHAP, reason=WHY)),
        ("PersistentLoginTarget", steps.StoreLogin(NIC, PORTAL, IQN, CHAP, reason=WHY)),
    ],
)
def test_credentials_are_typed_and_masked(verb: str, step: steps.Step, host: Host) -> None:
    action = rendered(step, host)
    [command] = action.commands
    assert command.line == "iscsicli"
    assert command.input == f"{verb} {CHAP_LOGIN} {HEX} 1 * 0\r\n"
    assert action.text == f'iscsicli < "{verb} {CHAP_LOGIN} ******** 1 * 0"'
    assert HEX[2:] not in repr(action)


def test_mutual_chap_is_type_two(host: Host) -> None:
    [command] = rendered(steps.Login(NIC, PORTAL, IQN, Chap("u", SECRET, True), reason=WHY), host).commands
    assert command.input.endswith(f"u {HEX} 2 * 0\r\n")


def test_a_replacement_with_credentials_is_typed_into_one_tool(host: Host) -> None:
    step = steps.ReplaceLogin(NIC, PORTAL, IQN, CHAP, wrong=STORED, reason=WHY)
    [command] = rendered(step, host).commands
    first, second = command.input.splitlines()
    assert first == f"RemovePersistentTarget {INSTANCE} {IQN} 2 10.10.2.21 3260"
    assert second == f"PersistentLoginTarget {CHAP_LOGIN} {HEX} 1 * 0"


@pytest.mark.parametrize("user", ["", "a b", 'a"b', "*", "-", "*x", "a\tb"])
def test_names_that_the_tool_would_misread_are_refused(user: str, host: Host) -> None:
    with pytest.raises(CannotRender, match="CHAP name") as caught:
        rendered(steps.Login(NIC, PORTAL, IQN, Chap(user, SECRET), reason=WHY), host)
    assert SECRET not in str(caught.value)


# --- what is not known yet


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (
            steps.Login(NIC, PORTAL, IQN, reason=WHY),
            f"iscsicli LoginTarget {IQN} T 10.10.2.21 3260 <instance of the initiator> <port of 10.10.2.11> * 0x2"
            f" {STARS} 0",
        ),
        (
            steps.AddDiscoveryPortal(PORTAL, NIC, reason=WHY),
            f"iscsicli AddTargetPortal 10.10.2.21 3260 <instance of the initiator> <port of 10.10.2.11> * {STARS}",
        ),
        (
            steps.SetPolicy(None, Policy.ROUND_ROBIN, reason=WHY),
            "mpclaim -l -d <MPIO disk number of each LUN that appears> 2",
        ),
        (steps.SetPolicy("6005", Policy.ROUND_ROBIN, reason=WHY), "mpclaim -l -d <MPIO disk number of LUN 6005> 2"),
    ],
)
def test_before_anything_was_read(step: steps.Step, text: str, host: Host) -> None:
    action = rendered(step, unread(host.os))
    assert isinstance(action, Announced)
    assert action.text == text


def test_a_rule_says_for_which_targets(host: Host) -> None:
    plain = rendered(steps.Login(NIC, PORTAL, None, reason=WHY), host)
    assert plain.missing == "each target found at 10.10.2.21:3260"
    secret = rendered(steps.StoreLogin(NIC, PORTAL, None, CHAP, reason=WHY), host)
    assert secret.text.startswith('iscsicli < "PersistentLoginTarget <each target found at 10.10.2.21:3260> T')
    assert HEX[2:] not in secret.text
    replaced = rendered(steps.ReplaceLogin(NIC, PORTAL, IQN, reason=WHY), host)
    assert replaced.missing == "the wrong persistent login"


def test_a_nic_that_the_initiator_does_not_list_has_no_number(host: Host) -> None:
    action = rendered(steps.Login(ip_address("10.10.9.9"), PORTAL, IQN, reason=WHY), host)
    assert isinstance(action, Announced)
    assert action.missing == "port of 10.10.9.9"


# --- policies


def test_fail_over_only_needs_a_path_that_works(host: Host) -> None:
    action = rendered(steps.SetPolicy(scenario.LUNS[0].wwn, Policy.FAILOVER_ONLY, reason=WHY), host)
    assert isinstance(action, Announced)
    assert action.missing == "path of MPIO Disk2 that works"


def test_l_14_paths_are_written_in_four_words(host: Host) -> None:
    """The examples of mpclaim's help text, on its MPIO disks 123 and 4."""
    settings = (steps.PathSetting(1996685312, AO, preferred=True), steps.PathSetting(1996685313, AU))
    one = numbered(host, 123)
    assert rendered(steps.SetPolicy(one[0], Policy.FAILOVER_ONLY, settings, reason=WHY), one[1]).text == (
        "mpclaim -l -d 123 1 0000000077030000 0 0 1 0000000077030001 1 0 0"
    )
    four = numbered(host, 4)
    weighted = (steps.PathSetting(0x77030000, AO, weight=25),)
    assert rendered(steps.SetPolicy(four[0], Policy.WEIGHTED_PATHS, weighted, reason=WHY), four[1]).text == (
        "mpclaim -l -d 4 5 0000000077030000 0 25 0"
    )


def test_l_13_round_robin_names_no_path(host: Host) -> None:
    wwn, view = numbered(host, 123)
    assert rendered(steps.SetPolicy(wwn, Policy.ROUND_ROBIN, reason=WHY), view).text == "mpclaim -l -d 123 2"


def numbered(host: Host, number: int) -> tuple[str, Host]:
    """The host whose first LUN has this number at MPIO."""
    assert isinstance(host.disks, Known)
    first, *rest = host.disks.value
    return first.wwn, dataclasses.replace(host, disks=Known((dataclasses.replace(first, number=number), *rest)))


def test_a_vendors_policy_cannot_be_set(host: Host) -> None:
    with pytest.raises(CannotRender, match="vendor"):
        rendered(steps.SetPolicy(scenario.LUNS[0].wwn, Policy.VENDOR_SPECIFIC, reason=WHY), host)


@pytest.mark.parametrize("name", ["HP HSV340", "HP      HSV340         ", ""])
def test_a_hardware_id_of_another_length_is_refused(name: str, host: Host) -> None:
    with pytest.raises(CannotRender, match="24 characters"):
        rendered(steps.ClaimHardware((name,), reason=WHY), host)


def test_a_restart_is_no_action_of_this_room(host: Host) -> None:
    with pytest.raises(CannotRender, match="Reboot"):
        rendered(steps.Reboot(reason=WHY), host)
