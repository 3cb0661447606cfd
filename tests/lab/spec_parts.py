# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the parts of one server in a fleet file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from .fields import Fields
from .spec import ArraySpec, ChapSpec, FibreChannelSpec, LunSpec, WinrmSpec
from .windows.applications import ServiceSpec
from .windows.cluster import ClusterSpec
from .windows.hp_dsm import DsmPackageSpec, version_numbers
from .windows.initiator_package import COMPONENTS, DEFAULT_COMPONENTS, PackageSpec, default_path
from .windows.releases import RELEASES
from .windows.storage.hardware_ids import PRODUCT_WIDTH, VENDOR_WIDTH
from .windows.storage.layouts import NewDiskPolicy
from .windows.storage.multipath_disk import VendorDsm
from .windows.switches import Switches
from .winrm.profile import profile_of

TRANSPORTS = ("ntlm", "basic", "kerberos", "credssp", "certificate")
CHAP_FIELDS = ("name", "secret", "mutual_name", "mutual_secret")


def check_edition(item: Fields, release: str, architecture: str, core: bool, build: str | None) -> None:
    """Report an edition that the release never had."""
    try:
        RELEASES[release].installed(architecture, core, build)
    except ValueError as error:
        item.fault("release", str(error))


def package(item: Fields, release: str, architecture: str) -> PackageSpec | None:
    """Read what an administrator has brought for a server whose Windows has no initiator."""
    if "initiator_package" not in item:
        item.value("initiator_package")
        return None
    if RELEASES[release].initiator_included:
        item.fault("initiator_package", f"the initiator is part of Windows Server {release}")
    fields_ = item.mapping("initiator_package")
    spec = PackageSpec(
        path=fields_.text("path", default_path(architecture)),
        installs=fields_.texts("installs", COMPONENTS) or DEFAULT_COMPONENTS,
        installed=fields_.yes("installed", False),
    )
    fields_.close()
    return spec


def cluster(item: Fields) -> ClusterSpec:
    """Read the failover cluster that a server is a node of."""
    spec = ClusterSpec(
        name=item.text("name", "CLUSTER1"),
        groups=item.texts("groups"),
        others=item.texts("others"),
        groups_elsewhere=item.texts("groups_elsewhere"),
        addresses=tuple(
            (each.text("group"), str(each.interface("address") or "")) for each in item.mappings("addresses")
        ),
        disks=tuple((each.text("group"), each.text("vdisk")) for each in item.mappings("disks")),
    )
    if any(group not in (*spec.groups, *spec.groups_elsewhere) for group, _unused in spec.disks):
        item.fault("disks", "belong to groups that are not there")
    if spec.groups_elsewhere and not spec.others:
        item.fault("groups_elsewhere", "needs another node to carry them: name it under others")
    item.close()
    return spec


def winrm(item: Fields, release: str) -> WinrmSpec:
    """Read where and how a server's WinRM service listens."""
    spec = WinrmSpec(
        scheme=item.choice("scheme", ("http", "https"), "http"),
        transport=item.choice("transport", TRANSPORTS, "ntlm"),
        stack=item.optional_text("stack"),
        tls=item.choice("tls", ("1.0", "1.2")) if "tls" in item else item.value("tls"),
        port=item.integer("port", 0, 0, 65535),
        address=item.address("address") if "address" in item else item.value("address"),
    )
    try:
        profile_of(release, spec.stack)
    except LookupError as error:
        item.fault("stack", str(error))
    if spec.transport == "certificate" and spec.scheme != "https":
        item.fault("transport", "certificate goes over https only")
    item.close()
    return spec


def chap(item: Fields) -> ChapSpec:
    """Read what the arrays demand of a server, and prove to it."""
    name, secret, mutual_name, mutual_secret = (item.optional_text(each) for each in CHAP_FIELDS)
    if not secret:
        item.fault("secret", "is missing")
    if bool(mutual_name) != bool(mutual_secret):
        item.fault("mutual_name", "and mutual_secret belong together")
    item.close()
    return ChapSpec(secret or "", name, mutual_name, mutual_secret)


def switches(item: Fields) -> dict[str, Any]:
    """Read the positions of the uncertain switches."""
    known = {each.name for each in fields(Switches)}
    given = {name: item.value(name) for name in item.given if name in known}
    for name in sorted(set(item.given) - known):
        item.fault(name, f"is no switch; there are {', '.join(sorted(known))}")
    return {
        name: frozenset(value) if isinstance(getattr(Switches(), name), frozenset) else value
        for name, value in given.items()
    }


def volumes(item: Fields, luns: tuple[LunSpec, ...]) -> dict[str, str]:
    """Read drive letter -> LUN number or virtual disk; return drive letter -> virtual disk.

    ``item`` is asked once for each server of an entry: a number is another virtual disk on each.
    """
    found = {}
    for letter in item.given:
        wanted = item.value(letter)
        fitting = [lun.vdisk for lun in luns if wanted == lun.lun or wanted == lun.vdisk]
        if len(letter) != 1 or not "D" <= letter <= "Z":
            item.fault(letter, "is no drive letter from D to Z")
        elif len(fitting) != 1:
            item.fault(letter, f"must be one LUN number or virtual disk of this server, not {wanted!r}")
        else:
            found[letter] = fitting[0]
    return found


def services(item: Fields) -> tuple[ServiceSpec, ...]:
    """Read the services of applications."""
    return tuple(
        ServiceSpec(each.text("name"), each.texts("depends_on"), each.texts("needs"))
        for each in item.mappings("services", short="name")
    )


def new_disk_policy(item: Fields) -> NewDiskPolicy | None:
    """Read what Windows does with disks that it has not seen before."""
    if "new_disk_policy" not in item:
        item.value("new_disk_policy")
        return None
    names = {policy.name.lower(): policy for policy in NewDiskPolicy}
    return names[item.choice("new_disk_policy", tuple(names))]


def named_luns(value: Mapping[Any, Any], arrays: Sequence[ArraySpec], item: Fields, name: str) -> tuple[LunSpec, ...]:
    """Read LUN number -> virtual disk."""
    found = []
    for lun, vdisk in value.items():
        owner = next((array.name for array in arrays if any(each.name == vdisk for each in array.vdisks)), None)
        if owner is None:
            item.fault(name, f"no array has a virtual disk {vdisk!r}")
        elif isinstance(lun, bool) or not isinstance(lun, int) or not 1 <= lun <= 255:
            item.fault(name, f"a LUN number is 1 to 255, not {lun!r}")
        else:
            found.append(LunSpec(owner, str(vdisk), lun))
    return tuple(found)


def storage(item: Fields, arrays: Sequence[ArraySpec], dsms: Sequence[str]) -> dict[str, Any]:
    """Read what a server has of DSMs, Fibre Channel and sessions of another day."""
    connected = item.texts("connected", tuple(array.name for array in arrays))
    return {
        "dsm": item.choice("dsm", dsms) if "dsm" in item else item.value("dsm"),
        "dsm_package": _dsm_package(item),
        "other_dsms": tuple(
            VendorDsm(each.text("name"), _hardware_ids(each), each.text("driver", "") if "driver" in each else "")
            for each in item.mappings("other_dsms")
        ),
        "fibre_channel": _fibre_channel(item.mapping("fibre_channel"), arrays),
        "connected": connected,
    }


def _dsm_package(item: Fields) -> DsmPackageSpec | None:
    if "dsm_package" not in item:
        item.value("dsm_package")
        return None
    fields_ = item.mapping("dsm_package")
    usual = DsmPackageSpec()
    spec = DsmPackageSpec(
        path=fields_.text("path", usual.path),
        removal_path=fields_.text("removal_path", usual.removal_path),
        version=fields_.text("version", usual.version),
        hardware_ids=_hardware_ids(fields_),
        installed=fields_.yes("installed", False),
    )
    try:
        version_numbers(spec.version)
    except ValueError:
        fields_.fault("version", f"is one to four numbers with dots between, such as 4.02.00, not {spec.version!r}")
    fields_.close()
    return spec


def _hardware_ids(item: Fields) -> tuple[str, ...]:
    found = item.texts("hardware_ids")
    for each in found:
        if len(each) != VENDOR_WIDTH + PRODUCT_WIDTH:
            item.fault("hardware_ids", f"have 24 characters, vendor to 8 and product to 16, unlike {each!r}")
    return found


def _fibre_channel(item: Fields, arrays: Sequence[ArraySpec]) -> FibreChannelSpec:
    luns = item.value("luns", {})
    if not isinstance(luns, Mapping):
        item.fault("luns", f"must be a mapping of LUN numbers to virtual disks, not {luns!r}")
        luns = {}
    spec = FibreChannelSpec(named_luns(luns, arrays, item, "luns"), item.integer("paths", 2, 1, 8))
    item.close()
    return spec
