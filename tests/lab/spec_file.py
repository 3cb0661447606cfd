# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a fleet file. ``fleets/demo.yml`` shows and explains every field."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from . import spec_parts
from .fabric.addresses import portal_text
from .fields import Faults, Fields
from .spec import (
    DSMS,
    TWO_PRODUCTS,
    ArraySpec,
    FleetSpec,
    HostSpec,
    LunSpec,
    NicSpec,
    PortSpec,
    VdiskSpec,
)
from .windows.language import locales
from .windows.releases import ARCHITECTURES, RELEASES

MODELS = {
    "EVA4000": "HSV200",
    "EVA4100": "HSV200",
    "EVA6000": "HSV200",
    "EVA6100": "HSV200",
    "EVA8000": "HSV210",
    "EVA8100": "HSV210",
    "EVA4400": "HSV300",
    "EVA6400": "HSV400",
    "EVA8400": "HSV450",
    "P6300": "HSV340",
    "P6350": "HSV340",
    "P6500": "HSV360",
    "P6550": "HSV360",
}
"""INQUIRY product ids (public multipath-tools table); an EVA3000 or EVA5000 has one of two, by its firmware."""

DIGESTS = ("header", "data")


class SpecError(Exception):
    """A fleet file that cannot be used, with every fault in it."""

    def __init__(self, source: str, sentences: list[str]) -> None:
        """Keep the sentences."""
        self.sentences = tuple(sentences)
        super().__init__("\n".join([f"{source} cannot be used:", *(f"  - {each}" for each in sentences)]))


def load(path: Path) -> FleetSpec:
    """Read a fleet file.

    Raises:
        SpecError: it cannot be read, or something in it is wrong; every fault is named
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SpecError(str(path), [f"it cannot be read: {error}"]) from error
    return parse(content, str(path))


def parse(content: Any, source: str = "the fleet") -> FleetSpec:
    """Check what a fleet file holds.

    Raises:
        SpecError: naming every fault at once
    """
    faults = Faults()
    top = Fields(content, "", faults)
    arrays = tuple(_array(item) for item in top.mappings("arrays", required=True))
    defaults = top.mapping("defaults").given
    hosts: list[HostSpec] = []
    for where, item in top.items("hosts", required=True):
        if not isinstance(item, Mapping):
            faults.add(where, f"expected a mapping of names to values, not {item!r}")
            continue
        hosts.extend(_hosts(Fields({**defaults, **item}, where, faults), arrays))
    spec = FleetSpec(
        arrays=tuple(_with_own_vdisks(array, hosts, top) for array in arrays),
        hosts=tuple(hosts),
        fabric=top.choice("fabric", ("memory", "tcp"), "memory"),
        routed=top.yes("routed", False),
        second=top.seconds("second", 0.02),
        dsm=top.choice("dsm", DSMS, "microsoft"),
    )
    top.close()
    if not faults.sentences:
        _check_whole(spec, faults)
    if faults.sentences:
        raise SpecError(source, faults.sentences)
    return spec


def _array(item: Fields) -> ArraySpec:
    name = item.text("name")
    model, product = item.optional_text("model"), item.optional_text("product")
    if product is None and model in MODELS:
        product = MODELS[model]
    elif product is None and model in TWO_PRODUCTS:
        item.fault("model", f"an {model} is one of two products by its firmware: name the product too, such as HSV101")
    elif product is None:
        item.fault("model", f"must be one of {', '.join(sorted(MODELS))}, unless the product is named")
    ports = tuple(
        PortSpec(
            address=port.address("address"),
            controller=port.choice("controller", ("A", "B")),
            tcp_port=port.integer("tcp_port", 3260, 1, 65535),
            fabric=port.optional_text("fabric") or "",
            module=port.optional_text("module") or "",
        )
        for port in item.mappings("ports", required=True)
    )
    vdisks = tuple(
        VdiskSpec(vdisk.text("name"), vdisk.integer("mib", 16, 1, 2**31), vdisk.choice("owner", ("A", "B"), "A"))
        for vdisk in item.mappings("vdisks", short="name")
    )
    return ArraySpec(
        name=name,
        model=model,
        product=product or "",
        serial=item.text("serial", f"LAB{name.upper()}"),
        ports=ports,
        vdisks=vdisks,
        auto_register=item.yes("auto_register", True),
        discovery_scope=item.choice("discovery_scope", ("array", "module", "port"), "array"),
        learns_initiators=item.yes("learns_initiators", False),
        chap_on_discovery=item.yes("chap_on_discovery", True),
        hides_port_groups=item.yes("hides_port_groups", True),
        digests=item.texts("digests", DIGESTS) if "digests" in item else item.value("digests", DIGESTS),
        vendor=item.text("vendor", "HP"),
        managed=item.yes("managed", True),
    )


def _hosts(item: Fields, arrays: tuple[ArraySpec, ...]) -> list[HostSpec]:
    """Read one entry of ``hosts``: one server, or with ``count`` several that differ in number and addresses."""
    count = item.integer("count", 1, 1, 10000)
    pattern = item.text("name")
    if count > 1 and "{n}" not in pattern:
        item.fault("name", f"must contain {{n}} for {count} servers, such as win{{n}}")
    nics = [nic for fields_ in item.mappings("nics", required=True, short="address") if (nic := _nic(fields_))]
    release = item.choice("release", RELEASES, "2012r2")
    architecture, core = item.choice("architecture", ARCHITECTURES, "x64"), item.yes("core", False)
    build = item.optional_text("build")
    spec_parts.check_edition(item, release, architecture, core, build)
    winrm = spec_parts.winrm(item.mapping("winrm"), release)
    package = spec_parts.package(item, release, architecture)
    language = item.choice("language", locales(), "en")
    logged_on = item.texts("logged_on")
    cluster = spec_parts.cluster(item.mapping("cluster")) if "cluster" in item else item.value("cluster")
    chap = spec_parts.chap(item.mapping("chap")) if "chap" in item else item.value("chap")
    switches = spec_parts.switches(item.mapping("switches"))
    user, password = item.text("user", "Administrator"), item.text("password", "Lab-Passw0rd")
    presented, elevated = item.yes("presented", True), item.yes("elevated", True)
    boot_seconds = item.seconds("boot_seconds", 30.0)
    luns, mounted = item.value("luns", 0), item.mapping("volumes")
    services = spec_parts.services(item)
    new_disk_policy = spec_parts.new_disk_policy(item)
    storage = spec_parts.storage(item, arrays, DSMS)
    if count > 1 and winrm.port and winrm.address:
        item.fault("winrm", f"{count} servers cannot share one address and port")
    hosts = []
    for number in range(count):
        name = pattern.replace("{n}", str(number + 1))
        own_luns = _luns(luns, name, arrays, item)
        hosts.append(
            HostSpec(
                name=name,
                release=release,
                nics=tuple(_moved(nic, number, item) for nic in nics),
                luns=own_luns,
                presented=presented,
                user=user,
                password=password,
                winrm=winrm,
                chap=chap,
                switches=switches,
                boot_seconds=boot_seconds,
                elevated=elevated,
                architecture=architecture,
                core=core,
                language=language,
                package=package,
                logged_on=logged_on,
                cluster=cluster,
                volumes=spec_parts.volumes(mounted, own_luns),
                services=services,
                new_disk_policy=new_disk_policy,
                build=build,
                **storage,
            )
        )
    item.close()
    return hosts


def _nic(item: Fields) -> NicSpec | None:
    interface = item.interface("address")
    adapter, fabric = item.optional_text("adapter"), item.optional_text("fabric")
    if interface is None:
        return None
    return NicSpec(interface, adapter or f"iSCSI {interface.network.network_address}", fabric or "")


def _moved(nic: NicSpec, number: int, item: Fields) -> NicSpec:
    """Return the NIC of a later server of the same entry: the next addresses of the subnet."""
    network = nic.interface.network
    address = nic.interface.ip + number
    if address not in network:
        item.fault("nics", f"from {nic.interface} on there are fewer addresses in the subnet than servers")
    return replace(nic, interface=ipaddress.ip_interface(f"{address}/{network.prefixlen}"))


def _luns(value: Any, host: str, arrays: tuple[ArraySpec, ...], item: Fields) -> tuple[LunSpec, ...]:
    """A number is that many LUNs of the server's own on every array; a mapping is LUN number -> virtual disk."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
        return tuple(LunSpec(array.name, f"{host}-{lun}", lun) for array in arrays for lun in range(1, value + 1))
    if not isinstance(value, Mapping):
        item.fault("luns", f"must be a number up to 255, or a mapping of LUN numbers to virtual disks, not {value!r}")
        return ()
    return spec_parts.named_luns(value, arrays, item, "luns")


def _with_own_vdisks(array: ArraySpec, hosts: list[HostSpec], top: Fields) -> ArraySpec:
    """Add the virtual disks that ``luns: 3`` asks for, owned by the controllers in turn."""
    known = {vdisk.name for vdisk in array.vdisks}
    wanted = [lun for host in hosts for lun in host.luns if lun.array == array.name and lun.vdisk not in known]
    mib = top.integer("vdisk_mib", 16, 1, 2**31)
    own = tuple(VdiskSpec(lun.vdisk, mib, "AB"[(lun.lun - 1) % 2]) for lun in wanted)
    return replace(array, vdisks=array.vdisks + own)


def _check_whole(spec: FleetSpec, faults: Faults) -> None:
    """Find what is wrong between the parts."""
    portals = [portal_text(port.address, port.tcp_port) for array in spec.arrays for port in array.ports]
    luns = [f"{lun.lun} of {host.name} on {lun.array}" for host in spec.hosts for lun in host.luns]
    _check_unique(
        "the name", [array.name for array in spec.arrays] + [host.name.lower() for host in spec.hosts], faults
    )
    _check_unique("the target portal", portals, faults)
    _check_unique("the NIC address", [nic.address for host in spec.hosts for nic in host.nics], faults)
    _check_unique("LUN", luns, faults)
    accounts = {(host.user, host.password) for host in spec.hosts if host.winrm.transport == "kerberos"}
    if len(accounts) > len({user for user, _unused in accounts}):
        faults.add(
            "", "the servers reached by Kerberos are in one domain, where a user has one password and not several"
        )
    parts = [nic for host in spec.hosts for nic in host.nics], [port for array in spec.arrays for port in array.ports]
    if spec.named_fabrics and not all(part.fabric for side in parts for part in side):
        faults.add("", "a fabric is named for all NICs and ports, or for none")
        return
    for fault in filter(None, (host.without_kit(spec.dsm) for host in spec.hosts)):
        faults.add("", fault)
    for host in spec.hosts:
        for array in spec.arrays:
            if (array.managed or array.name in host.connected) and not spec.paths(host, array):
                faults.add("", f"server {host.name} has no subnet or fabric in common with array {array.name}")


def _check_unique(what: str, values: Sequence[str], faults: Faults) -> None:
    for value in dict.fromkeys(each for each in values if values.count(each) > 1):
        faults.add("", f"{what} {value} is there more than once")
