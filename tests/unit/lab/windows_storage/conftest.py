# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server reduced to its disks: registry, features, disk stack, tools and classes, without initiator or host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import LogicalUnit, PortalAddress
from ansible_collections.eva.mpio.tests.lab.windows.features import MULTIPATH_IO, Features
from ansible_collections.eva.mpio.tests.lab.windows.interface import LunPath, ScsiAddress
from ansible_collections.eva.mpio.tests.lab.windows.programs import ProgramContext
from ansible_collections.eva.mpio.tests.lab.windows.registry import Registry
from ansible_collections.eva.mpio.tests.lab.windows.releases import RELEASES
from ansible_collections.eva.mpio.tests.lab.windows.storage.disks import Disks
from ansible_collections.eva.mpio.tests.lab.windows.storage.switches import StorageSwitches
from ansible_collections.eva.mpio.tests.lab.windows.tools.dism import Dism
from ansible_collections.eva.mpio.tests.lab.windows.tools.mpclaim import Mpclaim
from ansible_collections.eva.mpio.tests.lab.windows.wmi import disks as disk_classes
from ansible_collections.eva.mpio.tests.lab.windows.wmi import mpio as mpio_classes
from ansible_collections.eva.mpio.tests.lab.winrm.interface import ConsoleInput, ProcessResult, WmiClass, WmiObject

EVA_ID = "HP      HSV340          "
NAA = "600143800024240b0000500000510000"


def eva_lun(lun: int = 1, **changes: Any) -> LogicalUnit:
    """Describe LUN ``lun`` of an EVA without target port groups, as a bridge that hides them shows it."""
    unit = LogicalUnit(
        lun=lun,
        device_type=0,
        vendor="HP",
        product="HSV340",
        revision="1100",
        serial=f"P{lun:08d}",
        naa=f"{NAA[:-2]}{lun:02x}",
        target_port_group=None,
        relative_target_port=None,
        blocks=20971520,
    )
    return replace(unit, **changes)


@dataclass
class Storage:
    """The parts and what they said."""

    switches: StorageSwitches
    registry: Registry
    features: Features
    disks: Disks
    mpclaim: Mpclaim
    dism: Dism
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def run(self, program: Callable[[list[str], ProgramContext], ProcessResult], *argv: str, **how: Any) -> Any:
        """Run a program with the arguments; return (exit code, output text)."""
        stdin = ConsoleInput()
        stdin.feed(how.pop("stdin", b""), end=True)
        result = program(list(argv), ProgramContext(stdin=stdin, code_page=437, **how))
        assert result.stdout.count(b"\n") == result.stdout.count(b"\r\n")
        return result.exit_code, result.stdout.decode("cp437").replace("\r\n", "\n")

    def path(self, session: int, unit: LogicalUnit, target: int | None = None) -> LunPath:
        """Describe a LUN over session number ``session``."""
        return LunPath(
            address=ScsiAddress(3, 0, session if target is None else target, unit.lun),
            unit=unit,
            session_id=f"s{session}",
            target=f"iqn.2004-09.com.example:t{session}",
            portal=PortalAddress(f"10.10.1.{20 + session}"),
            nic_address="10.10.1.11",
        )

    def login(self, session: int, *units: LogicalUnit) -> None:
        """Let a session show its LUNs."""
        self.disks.attach([self.path(session, unit) for unit in units])

    def install(self) -> None:
        """Bring the server to where MultipathIo is installed and runs."""
        self.features.enable(MULTIPATH_IO)
        self.disks.boot()

    def wmi(self, name: str) -> WmiClass:
        """Return a class of any namespace."""
        found = [*mpio_classes.classes(self.disks), *disk_classes.classes(self.disks, self.features)]
        return {wmi_class.name: wmi_class for _unused, wmi_class in found}[name]

    def instances(self, name: str) -> Sequence[WmiObject]:
        """Return the instances of a class."""
        return self.wmi(name).instances()


def build(release: str = "2012r2", **switches: Any) -> Storage:
    """Make a server that has never seen MPIO."""
    positions = StorageSwitches(**switches)
    lock = threading.RLock()
    registry = Registry(lock)
    events: list[tuple[str, dict[str, Any]]] = []

    def emit(kind: str, **facts: Any) -> None:
        events.append((kind, facts))

    row = RELEASES[release]
    features = Features(registry, emit, positions, row, lock)
    disks = Disks(registry, features, emit, positions, row, lock)
    return Storage(positions, registry, features, disks, Mpclaim(disks, features), Dism(features), events)


@pytest.fixture
def make() -> Callable[..., Storage]:
    return build


@pytest.fixture
def unit() -> Callable[..., LogicalUnit]:
    return eva_lun


@pytest.fixture
def server() -> Storage:
    """A server with MPIO running and the EVA claimed."""
    storage = build()
    storage.install()
    storage.disks.claim([EVA_ID])
    return storage


@pytest.fixture
def eva_id() -> str:
    return EVA_ID
