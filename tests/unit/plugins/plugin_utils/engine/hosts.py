# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts in the states that tests begin with."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Address,
    Chap,
    Host,
    Path,
    TargetPortal,
    Unknown,
)
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.engine.truth import (
    SERVER_2003,
    FakeArray,
    Lun,
    Truth,
    stored,
)


def portal(text: str) -> TargetPortal:
    """``10.10.1.21`` or ``10.10.1.21:3261``."""
    host, _colon, tcp_port = text.partition(":")
    return TargetPortal(IPv4Address(host), int(tcp_port or 3260))


def target_of(address: TargetPortal) -> str:
    """The target behind a portal: each port of these arrays is a target of its own."""
    return f"iqn.1986-03.com.hp:eva01.{str(address.address).replace('.', '-')}"


def fresh(
    nics: Sequence[str] = ("10.10.1.11/24", "10.10.2.11/24"),
    portals: Sequence[str] = ("10.10.1.21", "10.10.2.21", "10.10.1.22", "10.10.2.22"),
    luns: int = 2,
    **other: t.Any,
) -> Truth:
    """Return a host as it is delivered, cabled to one array with a target for each portal."""
    interfaces = tuple(IPv4Interface(text) for text in nics)
    ports = [portal(text) for text in portals]
    array = FakeArray(
        {target_of(one): (one,) for one in ports}, [Lun(f"6001438005DE{n:04X}0000400000{n:06X}") for n in range(luns)]
    )
    numbers: dict[Address, int] = {one.ip: n for n, one in enumerate(interfaces)}
    return Truth(interfaces, [array], port_numbers=numbers, **other)


def bare_2003(**other: t.Any) -> Truth:
    """Return a Windows Server 2003 as it is delivered: no initiator, no MPIO."""
    return fresh(traits=SERVER_2003, installed=False, **other)


def prepared(**other: t.Any) -> Truth:
    """Return a host with the service, the feature and the claim in effect, discovery done, and no path."""
    truth = fresh(**other)
    truth.start_mode, truth.feature, truth.claims = "Auto", "loaded", [f"{'HP':8}{'HSV340':16}"]
    truth.loaded_claims = list(truth.claims)
    truth.start_service()
    for path in all_paths(truth):
        truth.discovery.append((path.portal, path.nic))
        truth.discover(path.portal, path.nic)
    return truth


def converged(**other: t.Any) -> Truth:
    """Return a host with every path, live and stored."""
    truth = prepared(**other)
    for path in all_paths(truth):
        truth.log_in(path)
        truth.logins.append(stored(truth, path))
    return truth


def under_hps(**other: t.Any) -> Truth:
    """Return a host with every path, whose LUNs are disks of HP's DSM."""
    truth = prepared(**other)
    truth.claims, truth.loaded_claims = [], []
    truth.hp_driver, truth.hp_loaded = "Boot", True
    for path in all_paths(truth):
        truth.log_in(path)
        truth.logins.append(stored(truth, path))
    return truth


def with_chap(chap: Chap, copies: int = 1, **other: t.Any) -> Truth:
    """Return a host with every path, whose array asks for this secret everywhere."""
    truth = prepared(**other)
    truth.arrays[0].secret = chap.secret
    for path in all_paths(truth):
        truth.discovery_chap[(path.portal, path.nic)] = chap
        for _unused in range(copies):
            truth.log_in(path, chap)
            truth.store(stored(truth, path, chap), chap)
    return truth


def all_paths(truth: Truth) -> list[Path]:
    """The paths of a subnet mesh, in the order of the portals."""
    return [
        Path(interface.ip, address, name)
        for array in truth.arrays
        for name, ports in array.targets.items()
        for address in ports
        for interface in truth.interfaces
        if address.address in interface.network
    ]


def without(host: Host, *parts: str) -> Host:
    """Return the snapshot with parts that could not be read."""
    return replace(host, **{name: Unknown(f"{name} cannot be read here") for name in parts})
