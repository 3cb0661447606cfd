# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nobody has confirmed about Windows, one field each: a story has to come out right in every position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .storage.switches import StorageSwitches


@dataclass
class Switches(StorageSwitches):
    """The uncertain facts of one simulated server, those of its disks included.

    A field may be changed while the server runs.
    """

    persistent_login_logs_in: bool = False
    """Whether ``PersistentLoginTarget`` also opens a session. The SDK sample and LoginIScsiTarget's page say
    that it only stores; a published Azure script relies on a session."""

    persistent_logins_merge_equal: bool = False
    """Whether storing the very same login again leaves one. Stored logins are known not to be unique; whether
    exact duplicates are kept by every call is not."""

    remove_persistent_removes_all_equal: bool = True
    """Whether ``RemovePersistentTarget`` removes every stored login that matches or only the first of them."""

    port_number_source: Literal["index", "port", "both"] = "index"
    """Which member of ISCSI_PortalInfo is the initiator port number of a login: the driver documentation of
    LoginToTarget_IN says Index, published scripts take Port and work; ``both``: the two hold one number."""

    first_port_number: int = 1
    """The initiator port number of the first NIC; no source says how Windows counts."""

    dead_portal_is_stored: bool = True
    """Whether AddTargetPortal stores a portal that did not answer (and fails with 0xEFFF0003 all the same)."""

    logout_busy_of_several_succeeds: bool = True
    """Whether a session whose disks are in use can be logged out while other sessions carry the same disks."""

    first_session_needs_multipath_flag: bool = False
    """Whether a second session is refused when the first was opened without the multipath flag, although the
    second has it."""

    second_session_of_2008_names_instance: bool = True
    """Whether Server 2008, not R2, refuses a second session to a target unless the login names the initiator's
    instance. That it fails is public code's experience; the status is not told, and so the lab's guess."""

    short_initiator_secret: Literal["reject", "warn"] = "reject"
    """What ``CHAPSecret`` does with fewer than 12 bytes: refuse (0xEFFF004C) or store and warn (0xAFFF0048);
    iscsierr.h has a text for each."""

    stopped_service_answer: Literal["failure", "empty"] = "failure"
    """What the MSiSCSIInitiator_* classes answer while the initiator service is stopped."""

    driver_needs_service: bool = True
    """Whether the MSiSCSI_* classes of the driver are gone (WDM code 4200) while the service is stopped."""

    session_local_address_zero_when_any: bool = True
    """Whether a session that was opened from "any port" shows 0.0.0.0 as its initiator address in the session
    list (captured on 2008 R2) rather than the address that routing chose."""

    interactive_exit_code: Literal["last", "zero"] = "last"
    """What iscsicli returns after reading commands from its standard input: the status of the last one, or 0."""

    login_deadline: float = 15.0
    """Seconds that the initiator waits for a portal that does not answer at all, for each attempt. Windows' figure is
    not documented; its registry has LinkDownTime 15 and TCP gives up after 21."""

    digest_offer: Literal["preferred", "required"] = "preferred"
    """What a login with a digest asked for offers: ``CRC32C,None``, so that the array may decline, or CRC32C alone."""

    login_facts_on: Literal["connection", "session"] = "connection"
    """Where the driver's classes show authentication and digests: on the connection (structure of iscsimgt.h, running
    systems) or on the session (Mgmt.mof as windows-driver-docs print it)."""

    volumes_bound_as: Literal["letter", "device"] = "letter"
    """How a bound disk with a mounted volume is listed: by its drive letter or by its device's interface name. What
    SetupPersistentIScsiDevices stores is not documented; AddPersistentDevice takes either."""

    binding_replaces_list: bool = True
    """Whether BindPersistentVolumes makes the list anew, so that a volume that is gone leaves it, or only adds."""

    dead_isns_server: Literal["stored", "warned", "refused"] = "stored"
    """What AddiSNSServer does with a server that does not answer, as none does here: store it, store it and fail with
    0xEFFF003A all the same, or fail only."""

    bound_device_timeout: float = 30.0
    """Seconds for which the service waits when it starts for a bound volume that does not come."""

    device_delay: float = 0.0
    """Seconds between a login and the appearance of its disks (public tools poll for some seconds)."""

    adapter_description_localised: bool = False
    """Whether DriverDesc of the initiator's adapter is in the language of Windows. INF files have a section of
    strings for each language; what stands in the registry of a localised server nobody has shown."""

    follows_redirections: bool = True
    """Whether a login goes on to where status 0101 or 0102 sends it, as RFC 7143, 11.13.5 asks, or fails with the
    codes that iscsierr.h has for both."""

    package_installs_mpio: bool = False
    """Whether the initiator package of 2003 brings MPIO when it runs alone; the component is off by default and no
    argument that chooses it is known (KB 977506)."""

    package_needs_reboot: bool = False
    """Whether the software initiator of 2003 works from the next boot only. MPIO always does."""

    package_reboot_exit_code: Literal[0, 3010] = 3010
    """What the package ends with when a restart is needed. Not documented."""

    package_knows_norestart: bool = True
    """Whether the package takes ``/norestart``, as other packages of the time do. No evidence was found."""

    cmd_waits_for_windows: bool = False
    """Whether a remote ``cmd /C`` waits for a program with a window. At a prompt it does not; ``start /w`` does."""

    dism_6_1_knows_english: bool = True
    """Whether DISM of 2008 R2 has ``/english``; it is documented for later versions."""

    reg_2003_prints_header: bool = True
    """Whether reg.exe of 2003 begins its listings with "! REG.EXE VERSION 3.0" and separates columns by tabs."""

    core_2008_has_server_feature_class: bool = True
    """Whether Win32_ServerFeature is there on Server Core of 2008, which has no Server Manager."""

    hp_dsm_name: Literal["HP MPIO Full Featured DSM for EVA", "HP EVA DSM"] = "HP MPIO Full Featured DSM for EVA"
    """The name under which HP's DSM registers: the product's; the DSM's own was not found."""

    hp_dsm_driver: Literal["hpeaadsm", "hpevadsm", "evadsm"] = "hpeaadsm"
    """The driver service of HP's DSM. Those of its siblings are known (hpmaadsm for the MSA, hpxpdsm for the XP); the
    last of these does not look like them."""

    hp_dsm_silent_argument: Literal["/s", "/quiet"] = "/s"
    """What makes setup and removal of HP's DSM run without a window. Not documented."""

    hp_dsm_reboot_exit_code: Literal[0, 3010] = 3010
    """What setup and removal of HP's DSM end with when a restart is needed. Not documented."""

    hp_dsm_needs_mpio: Literal["installed", "running"] = "installed"
    """What setup of HP's DSM wants of MPIO from Server 2008 on: the feature, a restart for it pending or not, or the
    drivers loaded. Not documented."""

    hp_dsm_policy_group: Literal["lun", "all"] = "lun"
    """What a logical unit group of HP's DSM is, whose LUNs share a policy: each LUN, or all together."""
