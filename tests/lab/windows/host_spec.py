# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a simulated server is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .applications import ServiceSpec
from .cluster import ClusterSpec
from .hp_dsm import DsmPackageSpec
from .initiator_package import PackageSpec
from .interface import LunPath
from .membership import FailoverCluster
from .storage.layouts import NewDiskPolicy
from .storage.multipath_disk import VendorDsm
from .switches import Switches


@dataclass
class HostSpec:
    """What a simulated server is made from."""

    name: str
    """Computer name, 15 characters at most."""
    release: str
    """Key of ``releases.RELEASES``."""
    nics: Sequence[tuple[str, str]] = ()
    """(address with prefix length, adapter name), for instance ("10.10.1.11/24", "iSCSI-A")."""
    node_name: str | None = None
    """Initiator name, None for the default one."""
    users: Mapping[str, str] = field(default_factory=lambda: {"Administrator": "Lab-Password-1"}, repr=False)
    """Administrators and their passwords."""
    dns_domain: str = ""
    """Domain the server is a member of, empty for a workgroup."""
    switches: Switches = field(default_factory=Switches)
    elevated: bool = True
    """Whether remote sign-ins get a full token; False: a filtered one (LocalAccountTokenFilterPolicy absent)."""
    boot_seconds: float = 30.0
    """From the end of the shutdown to the answering endpoint, in Windows' seconds."""
    architecture: str = "x64"
    """``x64`` or ``x86``."""
    core: bool = False
    """Whether it is Server Core."""
    language: str = "en"
    """Language of Windows, a code of ``language.locales``."""
    package: PackageSpec | None = None
    """Server 2003: the initiator's package; None where nobody has brought it."""
    credentials_travel: bool = False
    """Whether commands may sign in to other servers (CredSSP); else a share refuses them."""
    logged_on: Sequence[str] = ()
    """Who works at the server when the lab begins."""
    cluster: ClusterSpec | None = None
    """The failover cluster it is a node of."""
    membership: FailoverCluster | None = None
    """What the servers of one cluster share; None: no other server of the lab is in it."""
    volumes: Mapping[str, str] = field(default_factory=dict)
    """Drive letter -> NAA id of the LUN that carries the volume; the disk is online when Windows first sees it."""
    services: Sequence[ServiceSpec] = ()
    """Services of applications."""
    new_disk_policy: NewDiskPolicy | None = None
    """What becomes of disks that it has never seen; None: as its setup chooses."""
    dsm_package: DsmPackageSpec | None = None
    """The kit of HP's DSM; None where nobody has brought it."""
    other_dsms: Sequence[VendorDsm] = ()
    """DSMs of other makers, there from the first start on."""
    fibre_channel: Sequence[LunPath] = ()
    """Paths to LUNs that no session carries."""
    build: str | None = None
    """Build number of Windows where a release has several; None for the usual one."""
