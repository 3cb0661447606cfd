# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between the WinRM stacks and the Windows releases that run them.

Numbers come from [MS-WSMV] appendix B ("Product Behavior"; the note's number stands behind each value) and section
2.2.4 where a default is not excepted there. What follows from recordings of real servers or is a guess says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Profile:
    """One WinRM stack on one Windows release."""

    name: str
    stack: str
    """As Identify shows it behind ``Stack:`` (MS-WSMV <71> <72>)."""
    http_port: int
    https_port: int
    envelope_kilobytes: int
    """MaxEnvelopeSizekb: larger requests get HTTP 413, larger answers are refused."""
    batch_items: int
    """MaxBatchItems: no page has more items, whatever MaxElements says (MS-WSMV 3.1.4.1.14)."""
    operations_per_user: int
    """MaxConcurrentOperationsPerUser: commands in a shell's life (never decremented, <118>), and open enumerations."""
    shells_per_user: int
    processes_per_shell: int
    process_limit_is_a_fault: bool
    """Whether a process too many is a SOAP fault; older stacks write to stderr instead (<32>)."""
    shell_idle_seconds: float
    idle_needs_keep_alive: bool
    """Whether a shell's idle time-out only counts once a Receive carried WSMAN_CMDSHELL_OPTION_KEEPALIVE (<23>)."""
    enumeration_seconds: float
    """EnumerationTimeoutms: an untouched enumeration context is dropped after this time."""
    operation_seconds: float
    """MaxTimeoutms: the longest, and the default, OperationTimeout (MS-WSMV 3.1.4.1.6)."""
    one_command_at_a_time: bool
    """Whether a second command meets w:Concurrency while the first one's output is not read to its end (<116>)."""
    shell_id_prefix: str
    describes_new_shell: bool
    """Whether the answer to Create carries an rsp:Shell besides the endpoint reference."""
    quota_fault_is_wmi_error: bool
    """Whether exceeded quotas are MSFT_WmiError and w:QuotaLimit instead of WSManFault and w:InternalError."""
    names_machine_in_faults: bool
    """Whether the Machine attribute of f:WSManFault is filled (as recorded; <36> says it is not)."""
    provider_name: str
    """The ``provider`` attribute of f:ProviderFault."""
    extended_status: bool
    """Whether a provider's fault carries f:ExtendedError with __ExtendedStatus."""
    identify_lists_security_profiles: bool
    """Windows 8 and 2012 and later (<73>)."""
    first_page_items: int | None
    """Items in the answer to an optimised Enumerate that finds more than one; None: as many as fit."""
    omits_empty_arrays: bool
    """Whether an array property without elements is left out; else it is there once as xsi:nil.

    Uncertain: MS-WSMV 3.1.4.1.26 demands the nil, Windows 2008 as recorded (Win32_NetworkAdapterConfiguration of
    zenoss/txwinrm) leaves it out. Clients must bear both.
    """
    utf8_console_runs_scripts: bool
    """Whether a shell of code page 65001 runs batch files, pipes and ``for /f``; else it silently runs nothing."""
    credssp: bool
    """Whether the service knows CredSSP at all (``winrm/config/service/auth`` has the entry)."""
    obeys_console_options: bool
    """Whether WINRS_CONSOLEMODE_STDIN and WINRS_SKIP_CMD_SHELL have an effect (<117>)."""


WINRM_1_1 = Profile(
    name="WinRM 1.1",
    stack="1.1",  # <72>
    http_port=80,  # <15>
    https_port=443,  # <16>
    envelope_kilobytes=150,  # <8>
    batch_items=20,  # <9>
    operations_per_user=15,  # <19>
    shells_per_user=2,  # <34>
    processes_per_shell=5,  # <31>
    process_limit_is_a_fault=False,  # <32>
    shell_idle_seconds=900,  # <27>
    idle_needs_keep_alive=True,  # <23>
    enumeration_seconds=60,  # `winrm get winrm/config` of Server 2008, EnumerationTimeoutms
    operation_seconds=60,  # 2.2.4.10
    one_command_at_a_time=True,  # <116>
    shell_id_prefix="uuid:",  # MS-WSMV 4.7.1; recorded by WinRb/WinRM (open_shell_v1.xml)
    describes_new_shell=False,  # WinRb/WinRM open_shell_v1.xml
    quota_fault_is_wmi_error=False,
    names_machine_in_faults=False,  # WinRb/WinRM soap_fault_v1.xml
    provider_name="WMIv1 plugin for Windows Remote Management ",  # WinRb/WinRM soap_fault_v1.xml, blank included
    extended_status=False,  # WinRb/WinRM soap_fault_v1.xml
    identify_lists_security_profiles=False,  # <73>
    first_page_items=1,  # uncertain: recorded from Windows 2008 (zenoss/txwinrm), the stack is not told
    omits_empty_arrays=True,
    utf8_console_runs_scripts=False,  # WinRb/WinRM issue 232, chef/knife-windows issue 400
    credssp=False,  # "Windows Remote Management" release notes: new in WinRM 2.0
    obeys_console_options=True,  # <117>
)
"""Windows Server 2008 as delivered."""

WINRM_1_1_ON_2003 = replace(WINRM_1_1, name="WinRM 1.1 on Windows Server 2003", first_page_items=None)
"""Windows Server 2003 with KB936059; pages as WINRM_2_0_ON_2003."""

WINRM_2_0 = replace(
    WINRM_1_1,
    name="WinRM 2.0",
    stack="2.0",  # <72>
    http_port=5985,
    https_port=5986,
    batch_items=32000,  # 2.2.4.10; <9> excepts only the stack before KB968930
    shells_per_user=5,  # uncertain: <34> is silent, the PowerShell plugin of 3.1.4.1.34.3 says 5
    processes_per_shell=15,  # uncertain: as the PowerShell plugin of 3.1.4.1.34.3
    process_limit_is_a_fault=True,  # <32>
    shell_idle_seconds=180,  # 3.1.4.1.34.3
    idle_needs_keep_alive=False,  # <23>
    one_command_at_a_time=False,  # <116>
    shell_id_prefix="",  # WinRb/WinRM open_shell_v2.xml
    names_machine_in_faults=True,  # WinRb/WinRM soap_fault_v2.xml (2008 R2)
    provider_name="WMI Provider",  # WinRb/WinRM soap_fault_v2.xml (2008 R2)
    extended_status=True,  # WinRb/WinRM soap_fault_v2.xml (2008 R2)
    utf8_console_runs_scripts=True,
    credssp=True,
)
"""Windows Server 2008 R2."""

WINRM_2_0_ON_2008 = replace(WINRM_2_0, name="WinRM 2.0 on Windows Server 2008", utf8_console_runs_scripts=False)
"""Windows Server 2008 with KB968930."""

WINRM_2_0_ON_2003 = replace(
    WINRM_2_0_ON_2008,
    name="WinRM 2.0 on Windows Server 2003",
    first_page_items=None,  # recorded by zenoss/txwinrm: all items come in the first page
    credssp=False,  # Windows Server 2003 has no CredSSP provider (MS-CSSP appendix A begins with Vista)
)
"""Windows Server 2003 with KB968930."""

WINRM_3_0 = replace(
    WINRM_2_0,
    name="WinRM 3.0",
    stack="3.0",
    envelope_kilobytes=500,  # 2.2.4.10
    operations_per_user=1500,  # 2.2.4.36
    shells_per_user=30,  # 2.2.4.42; WinRb/WinRM wmi_error_v2.xml names it
    processes_per_shell=25,  # 2.2.4.42
    shell_idle_seconds=7200,  # <28>
    enumeration_seconds=240,  # `winrm get winrm/config` of Server 2012, EnumerationTimeoutms
    describes_new_shell=True,  # recorded by zenoss/txwinrm (create_resp.xml)
    quota_fault_is_wmi_error=True,  # WinRb/WinRM wmi_error_v2.xml
    identify_lists_security_profiles=True,  # <73>
)
"""Windows Server 2012, and 2008 R2 with Windows Management Framework 3."""

WINRM_3_0_ON_2008 = replace(WINRM_3_0, name="WinRM 3.0 on Windows Server 2008", utf8_console_runs_scripts=False)
"""Windows Server 2008 SP2 with Windows Management Framework 3 (KB2506146): the console is still that of 6.0."""

WINRM_3_0_ON_2012_R2 = replace(WINRM_3_0, name="WinRM 3.0 on Windows Server 2012 R2", obeys_console_options=False)
"""Windows Server 2012 R2 and later: Identify still says 3.0."""

PROFILES = {
    profile.name: profile
    for profile in (
        WINRM_1_1,
        WINRM_1_1_ON_2003,
        WINRM_2_0,
        WINRM_2_0_ON_2008,
        WINRM_2_0_ON_2003,
        WINRM_3_0,
        WINRM_3_0_ON_2008,
        WINRM_3_0_ON_2012_R2,
    )
}

_BY_RELEASE = {
    "2003": (WINRM_2_0_ON_2003, WINRM_1_1_ON_2003),
    "2008": (WINRM_2_0_ON_2008, WINRM_1_1, WINRM_3_0_ON_2008),
    "2008r2": (WINRM_2_0, WINRM_3_0),
    "2012": (WINRM_3_0,),
}
"""The stacks a release can have; the first is what the lab gives it where none is named: the oldest that the collection
supports, also where an older one is what Windows was delivered with."""


def stacks(release: str) -> tuple[str, ...]:
    """Return the stacks that a release of Windows can have, the usual one first: ``("2.0", "1.1")`` for 2003."""
    return tuple(profile.stack for profile in _BY_RELEASE.get(release, (WINRM_3_0_ON_2012_R2,)))


def profile_of(release: str, stack: str | None = None) -> Profile:
    """Return the WinRM service of a release of Windows.

    Args:
        release: such as ``2008r2``; one that is not known here is newer than 2012
        stack: ``1.1``, ``2.0`` or ``3.0``; None for the usual one

    Raises:
        LookupError: the release never had that stack
    """
    known = _BY_RELEASE.get(release, (WINRM_3_0_ON_2012_R2,))
    for profile in known:
        if stack in (None, profile.stack):
            return profile
    raise LookupError(f"Windows Server {release} has no WinRM {stack}; it can have {', '.join(stacks(release))}")
