# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WMI from scripts: monikers, queries, properties, methods, and the policies of MPIO set and read in the usual ways."""

from __future__ import annotations

import pytest

from .conftest import EVA_ID, eva_lun
from .scripts import ScriptServer, script_server

INSTANCE = r"MPIO\Disk&Ven_HP&Prod_HSV340&Rev_1100\1&7f6ac24&0&" + b"600143800024240B0000500000510001".hex() + "_0"
DOUBLED = INSTANCE.replace("\\", "\\\\")
PATHS = (0x77030001, 0x77030002)

SET_V1 = """
Option Explicit
' Sets one policy with the first version of the structures: instance, policy, then path ids.
Dim service, operations, parameters, policy, result, words, paths(), i
Set words = WScript.Arguments
If words.Count < 3 Then WScript.Quit 64
Set service = GetObject("winmgmts:{impersonationLevel=impersonate}!\\\\.\\root\\wmi")
Set operations = service.Get("DSM_LB_Operations.InstanceName='" & Replace(words(0), "\\", "\\\\") & "'")
Set parameters = operations.Methods_("DsmSetLoadBalancePolicy").InParameters.SpawnInstance_()
Set policy = service.Get("DSM_Load_Balance_Policy").SpawnInstance_()
policy.Version = 1
policy.LoadBalancePolicy = CLng(words(1))
policy.DSMPathCount = words.Count - 2
policy.Reserved = 0
ReDim paths(words.Count - 3)
For i = 2 To words.Count - 1
    Set paths(i - 2) = service.Get("MPIO_DSM_Path").SpawnInstance_()
    With paths(i - 2)
        .DsmPathId = words(i)
        .Reserved = "0"
        .PathWeight = 0
        If i = 2 Or CLng(words(1)) <> 1 Then .PrimaryPath = 1 Else .PrimaryPath = 0
    End With
Next
policy.DSM_Paths = paths
parameters.LoadBalancePolicy = policy
On Error Resume Next
Set result = operations.ExecMethod_("DsmSetLoadBalancePolicy", parameters)
If Err.Number <> 0 Then
    WScript.StdErr.WriteLine "0x" & Hex(Err.Number) & " " & Err.Description
    WScript.Quit 1
End If
WScript.StdOut.WriteLine "Status=" & result.Status
WScript.Quit result.Status
"""

QUERY_V2 = """
' Prints every disk's policy and paths, in the manner of Microsoft's published query example.
On Error Resume Next
strComputer = "."
Set objWMIService = GetObject("winmgmts:\\\\" & strComputer & "\\root\\WMI")
If Err <> 0 Then WScript.Quit 2
Set colItems = objWMIService.ExecQuery("SELECT * FROM DSM_QueryLBPolicy_V2", "WQL", 48)
For Each objItem In colItems
    Set objPolicy = objItem.LoadBalancePolicy
    WScript.Echo "InstanceName: " & objItem.InstanceName
    WScript.Echo "Policy: " & PolicyName(objPolicy.LoadBalancePolicy)
    For i = 0 To objPolicy.DSMPathCount - 1
        Set objPath = objPolicy.DSM_Paths(i)
        WScript.Echo "Path " & objPath.DsmPathId & " primary " & objPath.PrimaryPath & " failed " & objPath.FailedPath
    Next
Next
Function PolicyName(number)
    Select Case number
        Case 1 PolicyName = "Fail Over Only"
        Case 2 PolicyName = "Round Robin"
        Case 4, 6
            PolicyName = "Least something"
        Case Else
            PolicyName = "Other (" & number & ")"
    End Select
End Function
"""


@pytest.fixture
def server() -> ScriptServer:
    found = script_server()
    found.storage.install()
    found.storage.disks.claim([EVA_ID])
    found.storage.login(1, eva_lun())
    found.storage.login(2, eva_lun())
    return found


def wmi(body: str) -> str:
    return f'Set wmi = GetObject("winmgmts:\\\\.\\root\\wmi")\n{body}'


def test_a_policy_is_set_with_the_first_version(server: ScriptServer) -> None:
    words = [INSTANCE, "1", *map(str, PATHS)]
    assert server.run(SET_V1, *words) == (0, "Status=0\n", "")
    assert [path.state.name for path in server.storage.disks.mpio.disks[0].paths] == ["ACTIVE_OPTIMIZED", "STANDBY"]


def test_what_the_dsm_refuses_is_an_error_of_the_script(server: ScriptServer) -> None:
    words = [INSTANCE, "4", str(PATHS[0])]
    assert server.run(SET_V1, *words) == (1, "", "0x80041008 Invalid parameter \n")
    server.storage.switches.policy_refusal = "status"
    assert server.run(SET_V1, *words) == (0xC000000D, "Status=-1073741811\n", "")


def test_embedded_arguments_work_where_winrm_refuses_them(server: ScriptServer) -> None:
    server.storage.switches.embedded_arguments_accepted = False
    assert server.run(SET_V1, INSTANCE, "4", *map(str, PATHS)) == (0, "Status=0\n", "")
    assert server.storage.disks.mpio.disks[0].policy.name == "LEAST_QUEUE_DEPTH"


def test_a_missing_disk_is_not_found(server: ScriptServer) -> None:
    code, out, err = server.run(SET_V1, "MPIO\\other_0", "4", *map(str, PATHS))
    assert (code, out) == (0, "")
    assert err.endswith("SWbemServicesEx: Not found \n")
    assert "test.vbs(8, 1)" in err


def test_policies_are_read(server: ScriptServer) -> None:
    lines = server.prints(QUERY_V2)
    assert lines[:2] == [f"InstanceName: {INSTANCE}", "Policy: Round Robin"]
    assert sorted(lines[2:]) == [f"Path {path_id} primary 1 failed 0" for path_id in PATHS]
    server.storage.disks.fail("s1")
    assert "Path 0 primary 0 failed 1" in server.prints(QUERY_V2)


def test_a_policy_that_was_read_is_changed_and_written_back(server: ScriptServer) -> None:
    server.prints(wmi(f"""
        Set item = wmi.Get("DSM_QueryLBPolicy_V2.InstanceName='{DOUBLED}'")
        Set policy = item.LoadBalancePolicy
        policy.LoadBalancePolicy = 5
        For Each path In policy.DSM_Paths
            path.PathWeight = 3
        Next
        Set operations = wmi.Get("DSM_LB_Operations='{DOUBLED}'")
        operations.DsmSetLoadBalancePolicyALUA policy, status
        If status <> 0 Then WScript.Quit status
        """))  # fmt: skip
    assert [path.weight for path in server.storage.disks.mpio.disks[0].paths] == [3, 3]


def test_parameters_can_be_set_through_the_collection(server: ScriptServer) -> None:
    assert server.prints(wmi(f"""
        Set operations = GetObject("winmgmts:root\\wmi:DSM_LB_Operations.InstanceName='{DOUBLED}'")
        Set parameters = operations.Methods_.Item("DsmSetLoadBalancePolicy").InParameters.SpawnInstance_
        Set policy = GetObject("winmgmts:root\\wmi:DSM_Load_Balance_Policy").SpawnInstance_
        policy.Properties_("Version") = 1
        policy.Properties_.Item("LoadBalancePolicy") = 0
        policy.Properties_("DSMPathCount").Value = 0
        parameters.Properties_.Item("LoadBalancePolicy") = policy
        Set result = wmi.ExecMethod(operations.Path_.RelPath, "DsmSetLoadBalancePolicy", parameters)
        WScript.Echo result.Status, policy.Properties_.Count, policy.Path_.Class
        """)) == ["0 5 DSM_Load_Balance_Policy"]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ('policy.LoadBalancePolicy = "many"', 0x80041005),
        ("policy.DSM_Paths = path", 0x80041005),
        ("policy.DSM_Paths = 5", 0x80041005),
        ('policy.DSM_Paths = Array(wmi.Get("MPIO_DSM_Path_V2")) : operations.DsmSetLoadBalancePolicy policy',
         0x80041008),
        ("operations.DsmSetLoadBalancePolicyALUA policy, status", 0x80041008),
        ('operations.ExecMethod_ "NoSuchMethod"', 0x8004102E),
        ('operations.ExecMethod_ "DsmSetLoadBalancePolicy"', 0x8004102F),
        ('x = policy.Properties_("Nothing")', 0x80041002),
        ('Set x = wmi.Get("NoSuchClass")', 0x80041010),
        ("Set x = wmi.Get(\"DSM_LB_Operations.InstanceName='nothing'\")", 0x80041002),
        ("Set x = wmi.Get(\"DSM_LB_Operations.Nothing='nothing'\")", 0x8004103A),
        ('Set x = wmi.Get("DSM_LB_Operations.")', 0x8004103A),
        ('x = wmi.ExecQuery("select * from NoSuchClass").Count', 0x80041010),
        ('x = wmi.ExecQuery("select Nothing from MPIO_DISK_INFO").Count', 0x80041017),
        ('x = wmi.ExecQuery("select from").Count', 0x80041017),
        ("policy.Put_", 0x80041024),
        ("policy.Unknown = 1", 438),
        ("x = policy.Unknown", 438),
        ("operations.DsmSetLoadBalancePolicy 1, 2, 3", 450),
    ],
)  # fmt: skip
def test_what_scripting_refuses(server: ScriptServer, statement: str, number: int) -> None:
    (line,) = server.prints(wmi(f"""
        Set operations = wmi.Get("DSM_LB_Operations.InstanceName='{DOUBLED}'")
        Set policy = wmi.Get("DSM_Load_Balance_Policy").SpawnInstance_
        Set path = wmi.Get("MPIO_DSM_Path").SpawnInstance_
        On Error Resume Next
        {statement}
        WScript.Echo Err.Number
        """))  # fmt: skip
    assert int(line) == (number - (1 << 32) if number > 1 << 31 else number)


def test_types_are_those_of_scripting(server: ScriptServer) -> None:
    lines = server.prints(wmi("""
        For Each item In wmi.InstancesOf("MPIO_REGISTERED_DSM")
            Set dsm = item.DsmParameters(0)
            WScript.Echo TypeName(dsm.DsmContext), TypeName(item.NumberDSMs), TypeName(item.Active)
            WScript.Echo TypeName(item.DsmParameters), dsm.DsmName, dsm.DsmCounters.PDORemovePeriod
        Next
        For Each item In wmi.ExecQuery("select InstanceName, NumberPdos from MPIO_GET_DESCRIPTOR where NumberPdos > 1")
            WScript.Echo item.NumberPdos, IsNull(item.Properties_("InstanceName").Value)
            For Each property In item.Properties_
                WScript.Echo property.Name
            Next
        Next
        Set spawned = wmi.Get("MPIO_DSM_Path").SpawnInstance_
        WScript.Echo IsNull(spawned.DsmPathId), spawned.Path_.IsClass, wmi.Get("MPIO_DSM_Path").Path_.IsClass
        """))  # fmt: skip
    assert lines == ["String Integer Boolean", "Variant() Microsoft DSM 20", "2 False", "InstanceName", "NumberPdos",
                     "True False True"]  # fmt: skip


def test_a_driver_that_is_not_loaded_is_not_supported() -> None:
    code, _unused, err = script_server().run(wmi('For Each x In wmi.InstancesOf("MPIO_DISK_INFO")\nNext'))
    assert (code, err.rpartition(") ")[2]) == (0, "SWbemServicesEx: Not supported \n")


@pytest.mark.parametrize(
    "moniker",
    [
        "winmgmts:",
        r"WinMgmts:\\.\root\cimv2",
        "winmgmts://./root/cimv2",
        "winmgmts:{impersonationLevel=impersonate,(Backup)}",
        r"winmgmts:{impersonationLevel=impersonate}!root\cimv2",
        r"winmgmts:[locale=ms_409]!\\fileserver\root\cimv2",
    ],
)
def test_monikers_of_the_default_namespace(server: ScriptServer, moniker: str) -> None:
    (line,) = server.prints(f'WScript.Echo GetObject("{moniker}").InstancesOf("Win32_DiskDrive").Count')
    assert line == "2"


def test_the_locator_is_another_way(server: ScriptServer) -> None:
    (line,) = server.prints("""
        Set locator = CreateObject("WbemScripting.SWbemLocator")
        Set wmi = locator.ConnectServer(".", "root\\wmi")
        wmi.Security_.ImpersonationLevel = 3
        WScript.Echo wmi.ExecQuery("select * from MPIO_DISK_INFO").ItemIndex(0).NumberDrives
        """)  # fmt: skip
    assert line == "1"


def test_a_filtered_token_does_not_get_into_root_wmi(server: ScriptServer) -> None:
    code, _unused, err = server.run(wmi(""), elevated=False)
    assert (code, err.rpartition(") ")[2]) == (0, "Microsoft VBScript runtime error: Permission denied: 'GetObject'\n")


def test_large_32_bit_numbers_are_negative_or_not(server: ScriptServer) -> None:
    server.storage.switches.policy_refusal = "status"
    script = wmi(f"""
        Set operations = wmi.Get("DSM_LB_Operations='{DOUBLED}'")
        Set policy = wmi.Get("DSM_Load_Balance_Policy").SpawnInstance_
        policy.LoadBalancePolicy = 7
        policy.DSMPathCount = 0
        operations.DsmSetLoadBalancePolicy policy, status
        WScript.Echo status
        """)  # fmt: skip
    assert server.prints(script) == ["-1073741811"]
    server.storage.switches.script_uint32 = "unsigned"
    assert server.prints(script) == ["3221225485"]


def test_timers_are_put_back(server: ScriptServer) -> None:
    server.prints(wmi("""
        For Each timers In wmi.InstancesOf("MPIO_TIMERS_COUNTERS")
            timers.PDORemovePeriod = 130
            timers.Put_
        Next
        """))  # fmt: skip
    assert server.storage.disks.mpio.timers.values["PDORemovePeriod"] == 130
