# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mpclaim prints in English: labels and names as recorded, sentences in words of our own."""

from __future__ import annotations

from ...storage.policies import PathState, Policy

POLICY_CODES = {
    Policy.FAIL_OVER_ONLY: "FOO",
    Policy.ROUND_ROBIN: "RR",
    Policy.ROUND_ROBIN_WITH_SUBSET: "RRWS",
    Policy.LEAST_QUEUE_DEPTH: "LQD",
    Policy.WEIGHTED_PATHS: "WP",
    Policy.LEAST_BLOCKS: "LB",
    Policy.VENDOR_SPECIFIC: "VS",
}
POLICY_NAMES = {
    Policy.FAIL_OVER_ONLY: "Fail Over Only",
    Policy.ROUND_ROBIN: "Round Robin",
    Policy.ROUND_ROBIN_WITH_SUBSET: "Round Robin with Subset",
    Policy.LEAST_QUEUE_DEPTH: "Least Queue Depth",
    Policy.WEIGHTED_PATHS: "Weighted Paths",
    Policy.LEAST_BLOCKS: "Least Blocks",
    Policy.VENDOR_SPECIFIC: "Vendor-Specific",
}
STATE_NAMES = {
    PathState.ACTIVE_OPTIMIZED: "Active/Optimized",
    PathState.ACTIVE_UNOPTIMIZED: "Active/Unoptimized",
    PathState.STANDBY: "Standby",
    PathState.UNAVAILABLE: "Unavailable",
}
ALUA_NAMES = {0: "ALUA Not Supported", 1: "Implicit Only", 2: "Explicit Only", 3: "Implicit and Explicit"}
"""0 and 1 are recorded, 2 and 3 inferred from the values in WMI."""
SYMMETRIC = "Symmetric Access"

LIST_LEAD_IN = "Type 'mpclaim -s -d #' with an MPIO disk number for # to see more about one disk."
LIST_HEADER = "MPIO Disk    System Disk  LB Policy    DSM Name"
LIST_DISK = "MPIO Disk{number}"
LIST_DRIVE = "Disk {number}"
RULER = "-" * 79
DETAIL_HEAD = "MPIO Disk{number}: {count} Paths, {policy}, {access}"
DETAIL_DSM = "    Controlling DSM: {name}"
DETAIL_POLICIES = "    Supported Load Balance Policies: {codes}"
PATHS_HEADER = "    Path ID          State              SCSI Address      Weight"
PATHS_RULER = "    " + "-" * 75
NO_DISKS = "No MPIO disks are present."
NO_SERVICE = "Failed to open handle in Supported Policies info.  Error 1068"
"""Recorded seven times before the line above on a host without disks; 1068 is ERROR_SERVICE_DEPENDENCY_FAIL."""
NO_SERVICE_LINES = 7
WIDE_POLICY = "MSDSM-wide Load Balance Policy: {policy}"
NO_WIDE_POLICY = "No MSDSM-wide default load balance policy has been set"
NO_TARGET_POLICIES = "No target-level default load balance policies have been set."
TARGETS_HEADER = '"Target H/W Identifier   "   LB Policy'
STORAGE_HEADER = '"Target H/W Identifier   "   Bus Type     MPIO-ed      ALUA Support'
SUPPORTED_HEADER = '"Target H/W Identifier   "'
"""No output of -h was ever published."""
INVALID_SWITCH = "Invalid switch specified."
SYSTEM_MESSAGES = {
    2: "The system cannot find the file specified.",
    5: "Access is denied.",
    50: "The request is not supported.",
    87: "The parameter is incorrect.",
    1068: NO_SERVICE,
    1168: "Element not found.",
}
"""Windows' own messages for its error numbers."""

USAGE_60 = """
Brings the optional component for MPIO in and lets MSDSM claim devices.

Usage: mpclaim  reboot_option  install_switch  device_switch  device_hwid(s)

 reboot_option
       -r       reboot without asking
       -n       do not reboot (THE CALLER HAS TO)
 install_switch
       -i       bring MPIO in and add multipath support
       -u       remove multipath support, and MPIO with the last device
 device_switch
       -d       for the hardware ids that follow
       -a       for all that qualify
       -c       for SPC3-compliant devices; with -u the same as -a
 device_hwid    vendor8product16, separated by blanks; an empty string
                  with -a
"""
"""The switches of Server 2008's mpclaim, in words of our own (Microsoft's usage text as infi.wmpio keeps it)."""

USAGE = """
What mpclaim is for:
  - Listing storage by hardware id.
  - Putting devices under the control of MSDSM, and taking them out of it.
  - Showing how MPIO is configured.
  - Showing or choosing the load balance policy of one disk, of a hardware id,
    or of all that MSDSM controls.

List storage: mpclaim  query_switch
 query_switch
       -e        Connected enterprise storage (Fibre, iSCSI, SAS) as
                 vendor-product strings.
       -h        What MSDSM supports at present.

(Un)Claim: mpclaim reboot_opt claim_switch device_switch device_hwid(s)
 reboot_opt
       -r        Reboot without asking if one is needed.
       -n        Do not reboot (one may be needed).
 claim_switch
       -i        Add multipath support.
       -u        Remove multipath support.
 device_switch
       -d        For the hardware ids that follow.
       -a        For all that qualify.
       -c        For SPC3-compliant devices; with -u the same as -a.
 device_hwid     vendor8product16, separated by blanks; an empty string
                 with -a and -c.

Write the configuration to a file: mpclaim config_option filename
 config_option
       -b        Basic information.
       -v        All details.

Load balance policy: mpclaim operation apply_to parameters
 operation
       -s        Show.
       -l        Set.
 apply_to
       -d        One MPIO disk.
       -m        All disks of MSDSM without a policy of their own.
       -t        Those of them with one hardware id.
 parameters
       -s -d     [MPIODiskNumber]
       -l -m     LBPolicy
       -l -t     HardwareID LBPolicy
       -l -d     MPIODiskNumber LBPolicy [PathID State Weight Preferred]...

       LBPolicy  0 = Clear, 1 = Fail-Over Only, 2 = Round Robin,
                 3 = Round Robin with Subset, 4 = Least Queue Depth,
                 5 = Weighted Paths, 6 = Least Blocks, 7 = Vendor-Specific
                 (3 and 5 not with -m and -t)
       State     0 = Active/Optimized, 1 = Active/Unoptimized, 2 = Standby,
                 3 = Unavailable
       Weight    for Weighted Paths
       Preferred for Fail-Over Only: 0 = False, 1 = True

 A disk's own policy comes before that of its hardware id, this before the
 MSDSM-wide policy, this before Round Robin (Round Robin with Subset on ALUA).
"""
