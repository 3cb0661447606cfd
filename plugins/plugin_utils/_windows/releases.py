# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of Windows releases: what differs in mechanism from one to the next. Private to the collection.

A release is told by its build number, which no language changes; 2003 R2 has the build of 2003 and is treated as it.
What a fleet chooses (packages, sources, allowed DSMs) stands in the role's variables, not here.

Sources, where a row does not name another: HP P6350 user guide, page 100 (tables 20 and 21: what is included);
Microsoft KB 977506 (the initiator package of 2003 and its MPIO); the help texts of mpclaim 6.0 and 6.1; the pages
Win32_ServerFeature and Win32_OptionalFeature; Microsoft's scripting examples "How to query the MPIO policy" and "how
to set the MPIO LB policy" (which classes 2003 and 2008 have); windows-driver-docs dsm-* (the classes themselves).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from .._model import OperatingSystem, Policy, Traits
from .._wire.schema import Schema
from . import classes


class UnsupportedRelease(Exception):
    """The host's Windows is none that this collection manages; the text is for the administrator."""


@dataclass(frozen=True)
class Release:
    """How one release of Windows Server is read and changed."""

    key: str
    """What options call it."""
    name: str
    builds: tuple[int, ...]
    service_pack: int
    """The oldest that is managed."""
    initiator_included: bool
    """Otherwise it is a package, which brings MPIO and the Microsoft iSCSI DSM too."""
    feature_class: Schema | None
    """Class that tells whether the MPIO feature is enabled; None where MPIO is no feature."""
    feature_command: tuple[str, ...] | None
    """Program and arguments that enable the MPIO feature."""
    core_feature_command: tuple[str, ...] | None
    """The same on Server Core."""
    dsm_driver: str
    """Driver service of the Microsoft DSM; its registry key holds the DSM's parameters."""
    claim_list: bool
    """Whether the Microsoft DSM claims by a list of hardware ids; otherwise it claims every iSCSI LUN."""
    mpclaim: str | None
    """Dialect of the tool: ``6.0`` can only claim, ``6.1`` shows disks and sets policies too; None: there is none."""
    policy_class: Schema
    """Per-disk class with the load-balance policy."""
    policies: frozenset[Policy]
    """What its Microsoft DSM knows."""
    storage_classes: bool
    """Whether root/Microsoft/Windows/Storage has the MSFT classes."""
    new_disk_policy: bool
    """Whether diskpart knows a policy for new disks (``san``; VDS_SAN_POLICY: since Windows Server 2008)."""
    hp_dsm: str
    """Whether HP's DSM is ``supported``, goes by ``override`` only, or is ``refused``: table 21 of the user guide names
    2003, 2008 and 2012; 4.03 of the DSM's guide is the first with 2012, 4.04 (2014) the last of all, and whether that
    was meant for 2012 R2 too was found nowhere; no source names a later release."""
    offline_disks: bool
    """Whether diskpart knows ``offline disk`` (since Windows Server 2008, as VDS_SAN_POLICY)."""
    code_page: int
    """Of the command shell."""
    restart_command: tuple[str, ...]
    """Program and options that restart it; when and why are added."""

    @property
    def dsm_key(self) -> str:
        """The registry key of the Microsoft DSM's parameters, below ``HKEY_LOCAL_MACHINE``."""
        return rf"SYSTEM\CurrentControlSet\Services\{self.dsm_driver}\Parameters"

    @property
    def tool_for_policies(self) -> bool:
        """Whether mpclaim shows disks and sets policies; otherwise that is done by the DSM's classes alone."""
        return self.mpclaim == "6.1"

    @property
    def traits(self) -> Traits:
        """What decisions depend on."""
        return Traits(
            release=self.key,
            initiator_included=self.initiator_included,
            feature_exists=self.feature_class is not None,
            claim_list=self.claim_list,
            last_claim_holds_mpio=self.mpclaim == "6.0",
            microsoft_dsm_driver=self.dsm_driver,
            policies=self.policies,
            policy_tool=self.tool_for_policies,
            policy_store=self.claim_list,
            new_disk_policy=self.new_disk_policy,
            hp_dsm=self.hp_dsm,
            offline_disks=self.offline_disks,
        )


_DISM: Final = ("dism", "/online", "/enable-feature", "/featurename:MultipathIo")
# dism takes /all, which enables a feature's parents too, from 6.2 on (dism help texts; Chef's windows cookbook, 123).
_DISM_6_1: Final = (*_DISM, "/norestart")
_DISM_6_2: Final = (*_DISM, "/all", "/norestart")

# Microsoft announced Least Blocks as new in 2008 R2 ("What's New in MPIO"), so the older DSMs are taken not to know it.
# Of Least Queue Depth on 2003 HP's MPX200 guide says, page 97, "not supported by MPIO", while Microsoft's DSM has a
# number for it: there the DSM's own answer decides.
_OLD_POLICIES: Final = frozenset(Policy) - {Policy.LEAST_BLOCKS, Policy.VENDOR_SPECIFIC}
_ALL_POLICIES: Final = _OLD_POLICIES | {Policy.LEAST_BLOCKS}

_2003: Final = Release(
    key="2003",
    name="Windows Server 2003",
    builds=(3790,),
    service_pack=2,  # the oldest that WinRM 2.0 installs on (Microsoft KB 968930)
    initiator_included=False,
    feature_class=None,
    feature_command=None,
    core_feature_command=None,
    dsm_driver="msiscdsm",  # NetApp Windows Host Utilities, registry values of the Microsoft iSCSI DSM
    claim_list=False,
    mpclaim=None,
    policy_class=classes.LOAD_BALANCE_V1,
    policies=_OLD_POLICIES,
    storage_classes=False,
    new_disk_policy=False,
    hp_dsm="supported",
    offline_disks=False,
    code_page=437,  # a shell of 65001 runs no batch file before 2008 R2
    # Since 2008 a delay implies /f (shutdown /?); without it a program that asks its user something stops the restart.
    restart_command=("shutdown", "/r", "/f"),
)
_2008: Final = replace(
    _2003,
    key="2008",
    name="Windows Server 2008",
    builds=(6001, 6002, 6003),  # SP1, with which it first came; SP2; SP2 with updates since 2019
    service_pack=1,
    initiator_included=True,
    feature_class=classes.SERVER_FEATURE,
    feature_command=("ServerManagerCmd", "-install", "Multipath-IO"),
    # ocsetup returns at once and goes on working unless it is waited for (Microsoft's guide to Server Core); it asks in
    # a window, which nobody would answer, unless it is told to be quiet (TechNet, "OCSetup Command-Line Options").
    core_feature_command=("start", "/w", "ocsetup", "MultipathIo", "/quiet", "/norestart"),
    dsm_driver="msdsm",
    claim_list=True,
    mpclaim="6.0",
    policy_class=classes.LOAD_BALANCE_V2,
    new_disk_policy=True,
    offline_disks=True,
    restart_command=("shutdown", "/r"),
)
_2008R2: Final = replace(
    _2008,
    key="2008r2",
    name="Windows Server 2008 R2",
    builds=(7600, 7601),
    service_pack=0,
    feature_class=classes.OPTIONAL_FEATURE,
    feature_command=_DISM_6_1,
    core_feature_command=_DISM_6_1,
    mpclaim="6.1",
    policies=_ALL_POLICIES,
    code_page=65001,
)
_2012: Final = replace(
    _2008R2,
    key="2012",
    name="Windows Server 2012",
    builds=(9200,),
    feature_command=_DISM_6_2,
    core_feature_command=_DISM_6_2,
    storage_classes=True,
)

_2016: Final = replace(_2012, key="2016", name="Windows Server 2016", builds=(14393,), hp_dsm="refused")

ROWS: Final = (
    _2003,
    _2008,
    _2008R2,
    _2012,
    replace(_2012, key="2012r2", name="Windows Server 2012 R2", builds=(9600,), hp_dsm="override"),
    _2016,
    replace(_2016, key="2019", name="Windows Server 2019", builds=(17763,)),
    replace(_2016, key="2022", name="Windows Server 2022", builds=(20348,)),
    replace(_2016, key="2025", name="Windows Server 2025", builds=(26100,)),
)
"""The releases, oldest first. Since 2012 nothing of what is asked here has changed but what HP's DSM supports."""

RELEASES: Final[Mapping[int, Release]] = MappingProxyType({build: row for row in ROWS for build in row.builds})
"""The releases by build number."""

BY_KEY: Final[Mapping[str, Release]] = MappingProxyType({row.key: row for row in ROWS})
"""The releases by key."""

_OVERRIDE: Final = "If it is to be managed all the same, say with assume_release which release it shall be taken for"


def release_of(system: OperatingSystem, assume: str | None = None) -> Release:
    """Return the row of a host.

    Args:
        system: What the host says it is.
        assume: Key of the release that the administrator wants it taken for, whatever it says.

    Raises:
        UnsupportedRelease: it runs a client edition, a build that has no row or too old a service pack, or ``assume``
            is no key.
    """
    if assume is not None:
        if assume not in BY_KEY:
            raise UnsupportedRelease(f"assume_release is {assume!r}, which is none of {', '.join(BY_KEY)}.")
        return BY_KEY[assume]
    if not system.server:
        raise UnsupportedRelease(
            f"{system.name} runs a client edition of Windows ({system.caption}), which has no MPIO: "
            f"take it out of the inventory group of the servers. {_OVERRIDE}."
        )
    release = RELEASES.get(system.build)
    if release is None:
        known = ", ".join(f"{row.name} ({'/'.join(map(str, row.builds))})" for row in ROWS)
        raise UnsupportedRelease(
            f"{system.name} runs Windows build {system.build} ({system.caption}), which this version of the "
            f"collection does not manage. It manages these builds: {known}. {_OVERRIDE}."
        )
    if system.service_pack < release.service_pack:
        raise UnsupportedRelease(
            f"{system.name} runs {release.name} with service pack {system.service_pack}, and the oldest that is "
            f"managed is service pack {release.service_pack}: install it. {_OVERRIDE}."
        )
    return release
