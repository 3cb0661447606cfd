# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet whose servers are reached without sockets and whose time is driven by whoever waits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.eva.mpio.tests.lab import inventory
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.judged import JudgedMachine
from ansible_collections.eva.mpio.tests.lab.spec import FleetSpec
from ansible_collections.eva.mpio.tests.lab.winrm.auth import Policy
from ansible_collections.eva.mpio.tests.lab.winrm.profile import profile_of
from ansible_collections.eva.mpio.tests.lab.winrm.server import WinRmServer
from ansible_collections.eva.mpio.tests.sweep.clock import VirtualClock
from ansible_collections.eva.mpio.tests.sweep.direct import PORT, Wire


class DirectFleet(Fleet):
    """The lab's fleet with a wire in place of its endpoints."""

    def __init__(self, spec: FleetSpec, clock: VirtualClock) -> None:
        """Build everything; no server runs yet."""
        super().__init__(spec, clock)
        self.wire = Wire(self.log, clock.sleep)
        self.used_by_volumes = False
        """Whether a LUN is used by a mounted volume, which Windows tells and an offline disk has none of; otherwise by
        something of which Windows tells nothing."""

    def start(self) -> None:
        """Boot the servers."""
        for number, (spec, host) in enumerate(self._pairs(), start=1):
            if spec.presented:
                self._present(spec, host)
            self.laws.watch(host.name, self._declaration(spec, host), host.snapshot)
            ports: Any = [SimpleNamespace(address=f"127.90.0.{number}", number=PORT, context=None)]
            machine = JudgedMachine(host, self.laws)
            winrm = WinRmServer(machine, self.log, profile_of(spec.release, spec.winrm.stack), Policy(), None, ports)
            self._winrm[host.name] = winrm
            self.wire.add(ports[0].address, winrm)
            host.start()

    def inventory(self) -> dict[str, Any]:
        """Return the Ansible inventory."""
        listening = {name: inventory.Endpoint(server.ports[0].address, PORT) for name, server in self._winrm.items()}
        return inventory.inventory(self.spec, listening, None)
