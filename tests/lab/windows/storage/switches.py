# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts about features, claims, disks and DSMs that no source settles, one switch each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class StorageSwitches:
    """Positions of the switches; the default is what the sources make most likely."""

    feature_needs_reboot: bool = True
    """Whether enabling MultipathIo ends with 3010 and MPIO runs from the next boot only.

    Server 2008 R2 asks for a restart (TechNet ee619752); on Server 2012 and later often none is reported.
    """

    feature_files_wait_for_reboot: bool = False
    """Whether a pending installation has neither mpclaim nor the service keys of mpio and msdsm yet. Not documented."""

    install_state_while_pending: int = 1
    """Win32_OptionalFeature.InstallState of a feature whose enabling waits for a reboot: 1, 2 or 4. Not documented."""

    claim_needs_reboot: Literal["never", "visible", "always"] = "visible"
    """Which devices a new claim reaches only after a reboot.

    The mpclaim help of 6.1 says "caller may need to reboot": ``visible`` means the devices that are there already,
    ``always`` also those that come later, ``never`` none but disks in use.
    """

    mpclaim_reports_failures: bool = True
    """Whether mpclaim's exit code tells a failure; False: always 0.

    The codes are not documented; infi.wmpio trusts them on 2008 R2 and later and not on 2008.
    """

    mpclaim_reboot_exit_code: int = 0
    """What ``mpclaim -n`` ends with when devices wait for a reboot. Not documented; 3010 is the other guess."""

    mpclaim_needs_device_list: bool = False
    """Whether ``mpclaim -i`` fails while MPDEV has no MPIOSupportedDeviceList (infi.wmpio creates it beforehand)."""

    mpclaim_accepts_bare_all: bool = False
    """Whether ``-a`` and ``-c`` do without the empty hardware id (the help asks for it, a Microsoft page omits it)."""

    mpclaim_round_robin_on_alua_disk: Literal["becomes_subset", "refused"] = "becomes_subset"
    """What ``-l -d N 2`` does on an asymmetric disk.

    The help tells of the change to Round Robin with Subset for -m and -t only; the sample DSM refuses it by WMI.
    """

    default_policy_reaches_claimed_disks: bool = True
    """Whether a changed MSDSM-wide or hardware id policy acts on disks that are there.

    The sample DSM applies it at once, the page of Set-MSDSMGlobalDefaultLoadBalancePolicy says it does not.
    """

    failed_paths_are_kept: bool = True
    """Whether a DSM keeps a lost path (zeroed in WMI, counted in mpclaim's header) until it is removed or returns."""

    failed_path_id_in_descriptor: bool = True
    """Whether MPIO_GET_DESCRIPTOR still tells the id of a lost path, which the policy classes zero (sample DSM)."""

    two_claimants: Literal["vendor_first", "microsoft_first", "both"] = "vendor_first"
    """Who gets a device that a vendor's DSM and Microsoft's claim both; ``both``: each makes a disk of it.

    Nobody documents it: not for two lists with one id, nor for a vendor's DSM beside the DSM of Server 2003, which
    claims whatever is iSCSI.
    """

    vendor_policy_instance: Literal["without_paths", "absent"] = "without_paths"
    """What the DSM_* classes show of a disk of a vendor's DSM: policy 7 and no path, as mpclaim does in recordings, or
    no instance at all."""

    disk_of_other_dsm_is_new: bool = False
    """Whether a disk that comes up under another DSM than before counts as one that Windows has never seen, so that
    the new-disk policy decides whether it is online. Its device instance is the same; nothing was published."""

    path_id_top_byte: int = 0x77
    """First byte of a path id; 0x77 in the sample DSM and most recordings, 0x87 in one."""

    path_id_port_offset: int = 0
    """What is added to the SCSI port number inside a path id; 1 in the recording that has 0x87."""

    controller_lu_in_session_devices: bool = False
    """Whether a session's device list names the array's controller LU (device type 0x0C). Not documented."""

    driverless_mpio_classes: Literal["wdm_fault", "unknown_class"] = "wdm_fault"
    """What a query for an MPIO class gets while the driver is not loaded.

    ``wdm_fault`` is the recorded answer for another WDM class without driver (KB 2679685).
    """

    diskless_mpio_classes: Literal["wdm_fault", "empty"] = "wdm_fault"
    """What a query for a class of MPIO disks gets while MPIO runs and has no disk."""

    embedded_arrays_readable: frozenset[str] = frozenset()
    """Names of classes whose arrays of embedded objects can NOT be read: they answer with a fault.

    Nobody has published such an answer of Windows over WS-Management.
    """

    embedded_arguments_accepted: bool = True
    """Whether WinRM takes embedded objects as method arguments of WDM classes (Hyper-V's string parameters do not)."""

    policy_refusal: Literal["fault", "status"] = "fault"
    """How a refused policy reaches the caller of DSM_LB_Operations over WS-Management.

    The sample DSM sets Status and lets the call fail with it; whether WinRM then sends a fault or the output with
    the NTSTATUS in Status is not documented.
    """

    iscsi_dsm_name: Literal["Microsoft iSCSI DSM", "Microsoft DSM for iSCSI"] = "Microsoft iSCSI DSM"
    """The name under which the DSM of the initiator for Server 2003 registers. Not documented."""

    iscsi_dsm_default_policy: Literal["round_robin", "fail_over_only"] = "round_robin"
    """The policy of a new disk under the DSM of Server 2003. Not documented."""

    iscsi_dsm_has_least_queue_depth: bool = True
    """Whether the DSM of Server 2003 takes Least Queue Depth; HP's EVA manuals call it not supported by MPIO."""

    iscsi_dsm_policies_outlive_boots: bool = True
    """Whether policies set on Server 2003 are stored. Where they would be is not documented."""

    least_blocks_on_2008: bool = False
    """Whether the MSDSM of Server 2008 has Least Blocks; lists of policies name it from 2008 R2 on."""

    default_policy_classes_on_2008: bool = False
    """Whether Server 2008 has the MSDSM_* classes; its mpclaim has no switch for defaults."""

    mpclaim_60_exit_code: Literal[0, 1] = 0
    """What mpclaim of Server 2008 always ends with: infi.wmpio ignores it as it means nothing."""

    cscript_runtime_error_exit_code: Literal[0, 1] = 0
    """What cscript ends with after a script stopped at a run-time error; published reports say 0."""

    batch_mode_silences_echo: bool = True
    """Whether ``//B`` keeps WScript.Echo quiet: Microsoft's page of WScript.Interactive says that batch mode turns
    input and output of the host off. StdOut is written in any case."""

    script_uint32: Literal["signed", "unsigned"] = "signed"
    """What a script sees of a uint32 above 2147483647: WMI maps the type to a signed Long (CIM type mapping)."""

    disk_order_seed: int = 0
    """Seed of the order in which disks and paths appear, which differs from boot to boot."""

    presentation_needs_rescan: bool = False
    """Whether what the array presents to a session that stands is seen only after a rescan or a new login.

    Windows acts on the unit attention REPORTED LUNS DATA HAS CHANGED (SPC-3, 3F/0E) of some arrays and releases only;
    vendors' guides ask for a rescan.
    """

    offline_disks_show_partitions: bool = True
    """Whether WMI counts the partitions of an offline disk. Microsoft's page of diskpart's ``san`` says that the layout
    of an offline disk can be read; what Win32_DiskDrive makes of that it does not say."""

    partition_names_localised: bool = True
    """Whether Win32_DiskPartition.DeviceID is in the server's language, as public reports from German servers show
    it; that holds for Japanese too is a guess."""
