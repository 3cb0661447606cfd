# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab fleet with the collection in front of it: modules run in this process or by ansible-playbook."""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import action_loader, connection_loader
from ansible.template import Templar

from ansible_collections.eva.mpio.tests.integration import profiles
from ansible_collections.eva.mpio.tests.integration.playbook import Run, TaskResult, run_playbook, run_tasks
from ansible_collections.eva.mpio.tests.lab import inventory
from ansible_collections.eva.mpio.tests.lab.events import Event
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.spec_file import parse

ARRAY = "eva01"
PORTALS = ("10.10.1.21", "10.10.2.21", "10.10.1.22", "10.10.2.22")
SUBSET = {"default": "round_robin_with_subset"}


def nics_of(number: int) -> list[str]:
    """Return the two NIC addresses of the server of a number; from .21 on they are the array's."""
    last = 10 + number if number <= 10 else 90 + number
    return [f"10.10.1.{last}/24", f"10.10.2.{last}/24"]


def server(name: str, number: int, **more: Any) -> dict[str, Any]:
    """Declare a server with two NICs, one in each storage network; of the current profile, or a release of its own."""
    kind = more if "release" in more else profiles.kind(**more)
    return {"name": name, "nics": nics_of(number), **kind}


def array(**more: Any) -> dict[str, Any]:
    """Declare an array with two controllers and four ports in two networks."""
    ports = [
        {"address": address, "controller": "A" if address.endswith("21") else "B", "module": address[-1]}
        for address in PORTALS
    ]
    return {"name": ARRAY, "model": "P6300", "ports": ports, **more}


def fleet_of(
    *hosts: Mapping[str, Any], arrays: Sequence[Mapping[str, Any]] | None = None, fabric: str = "memory", **more: Any
) -> Fleet:
    """Build a fleet of these servers, three LUNs each."""
    content = {
        "fabric": fabric,
        "second": 0.01,
        "arrays": list(arrays or [array()]),
        "defaults": {"luns": 3},
        "hosts": [dict(host) for host in hosts],
        **more,
    }
    return Fleet(parse(content))


@dataclass(frozen=True, order=True)
class ArrayLogin:
    """A login as the array saw it."""

    nic: str
    portal: str
    chap: str
    isid: str
    initiator: str


@dataclass(frozen=True)
class Truth:
    """What a server really is like now."""

    live: tuple[tuple[str, str], ...]
    """(NIC, portal) of each working session."""
    stored: tuple[tuple[str | None, str], ...]
    """(NIC, portal) of each stored login."""
    disks: Mapping[str, tuple[str | None, int]]
    """WWN -> DSM and number of working paths."""


class Stage:
    """A fleet that runs, and everything a story asks of it."""

    def __init__(self, fleet: Fleet, directory: Path) -> None:
        self.fleet = fleet
        self.directory = directory

    # What the collection is asked to do

    def variables(self, host: str) -> dict[str, Any]:
        """Return the inventory variables of a server."""
        group = self.fleet.inventory()["all"]["children"][inventory.GROUP]
        return copy.deepcopy({**group["vars"], **group["hosts"][host]})

    def layout(self, host: str) -> dict[str, Any]:
        """Return the options ``arrays`` and ``nics`` of a server."""
        variables = self.variables(host)
        return {"arrays": variables["multipath_arrays"], "nics": variables["multipath_nics"]}

    def whole(self, host: str, **more: Any) -> dict[str, Any]:
        """Return the options of eva.mpio.host for a server, a restart allowed."""
        needed = profiles.options(profiles.CURRENT)
        options = {**self.layout(host), **needed, "reboot": True, "lun_policies": SUBSET, **more}
        secret = self.variables(host).get("multipath_mutual_chap_secret")
        return options if secret is None else {"mutual_chap_secret": secret, **options}

    def module(
        self, name: str, host: str, options: Mapping[str, Any] | None = None, *, check: bool = False, **variables: Any
    ) -> TaskResult:
        """Run a module of the collection in this process, over Ansible's own connection plugin and real HTTP.

        Args:
            name: without the collection
            host: the server
            options: of the module
            check: check mode
            variables: inventory variables that differ from the server's own
        """
        action = self._action(name, host, options or {}, check, variables)
        try:
            result = action.run(task_vars={})
        except AnsibleConnectionFailure as error:
            return TaskResult(host, name, "unreachable", {"msg": str(error)})
        finally:
            action._connection.close()
        return TaskResult(host, name, "failed" if result.get("failed") else "ok", result)

    def provision(self, *hosts: str, **more: Any) -> None:
        """Bring servers, all of them where none is named, to proven redundancy in this process."""
        for host in hosts or self.fleet.hosts:
            done = self.module("host", host, self.whole(host, **more))
            assert done.status == "ok", f"{host}: {done.message}"
            assert done["state"] == "converged", f"{host}: {done['state']}"

    def _action(self, name: str, host: str, options: Mapping[str, Any], check: bool, changes: Mapping[str, Any]) -> Any:
        variables = {**self.variables(host), **changes}
        context = PlayContext()
        connection = connection_loader.get("winrm", context, os.devnull)
        connection.set_options(
            var_options={"_extras": {}, "ansible_winrm_transport": variables["ansible_winrm_transport"]},
            direct={
                "remote_addr": variables["ansible_host"],
                "port": variables["ansible_port"],
                "remote_user": variables["ansible_user"],
                "remote_password": variables["ansible_password"],
                "scheme": variables["ansible_winrm_scheme"],
            },
        )
        loader = DataLoader()
        task = Task.load({"name": name, f"eva.mpio.{name}": dict(options), "check_mode": check}, loader=loader)
        return action_loader.get(
            f"eva.mpio.{name}",
            task=task,
            connection=connection,
            play_context=context,
            loader=loader,
            templar=Templar(loader=loader),
            shared_loader_obj=None,
        )

    def play(
        self, tasks: Sequence[Mapping[str, Any]], *options: str, changes: Mapping[str, Any] | None = None, **more: Any
    ) -> Run:
        """Run tasks by ansible-playbook; ``changes`` are inventory variables by server."""
        return run_tasks(self.directory, self._inventory(changes or {}), tasks, *options, **more)

    def playbook(self, name: str, *options: str) -> Run:
        """Run a playbook of the collection."""
        return run_playbook(self.directory, self._inventory({}), name, *options)

    def _inventory(self, changes: Mapping[str, Any]) -> Path:
        content = copy.deepcopy(self.fleet.inventory())
        for host, variables in changes.items():
            content["all"]["children"][inventory.GROUP]["hosts"][host].update(variables)
        file = self.directory / "inventory.yml"
        inventory.write(content, file)
        return file

    # What really happened

    @property
    def now(self) -> int:
        """The number of the last event, to ask later what came after it."""
        return self.fleet.log.last

    def events(self, source: str, kind: str, since: int = 0) -> list[Event]:
        """Return the events of one source and kind."""
        return self.fleet.log.since(since, source, kind)

    def logins(self, host: str, since: int = 0, array_name: str = ARRAY) -> list[ArrayLogin]:
        """Return the logins of a server that an array took, in their order."""
        return [self._login(event) for event in self._of(host, "login", since, array_name)]

    def failed_logins(self, host: str, since: int = 0, array_name: str = ARRAY) -> list[Event]:
        """Return the logins of a server that an array refused."""
        return self._of(host, "login-failed", since, array_name)

    def endings(self, host: str, since: int = 0, array_name: str = ARRAY) -> list[Event]:
        """Return the ends of a server's sessions, asked for or not, as an array saw them."""
        return [event for kind in ("logout", "session-lost") for event in self._of(host, kind, since, array_name)]

    def _of(self, host: str, kind: str, since: int, array_name: str) -> list[Event]:
        nics = {nic.address for nic in self._spec(host).nics}
        return [event for event in self.events(array_name, kind, since) if event.facts["nic"] in nics]

    @staticmethod
    def _login(event: Event) -> ArrayLogin:
        facts = event.facts
        portal = facts["portal"].removesuffix(":3260")
        return ArrayLogin(facts["nic"], portal, facts["chap"], facts["isid"], facts["initiator"])

    def changes(self, host: str, since: int = 0) -> list[str]:
        """Return every change of a server's state, in its order."""
        return [event.facts["change"] for event in self.events(host, "state", since)]

    def commands(self, host: str, since: int = 0) -> list[str]:
        """Return the command lines that were run on a server."""
        return [event.facts["line"] for event in self.events(host, "command", since)]

    def requests(self, host: str, since: int = 0) -> Counter[str]:
        """Count a server's HTTP requests by what they are about."""
        events = self.events(host, "request", since)
        return Counter(event.facts["resource"] or event.facts["action"] for event in events)

    def actions(self, host: str, since: int = 0) -> set[str]:
        """Return the WS-Management actions that a server was asked for."""
        return {event.facts["action"] for event in self.events(host, "request", since)}

    def truth(self, host: str) -> Truth:
        """Return what a server is like now, whatever it says."""
        snapshot = self.fleet.host(host).snapshot()
        return Truth(
            tuple(sorted((one.nic_address, one.portal.address) for one in snapshot.sessions if one.alive)),
            tuple(sorted(((one.nic_address, one.portal.address) for one in snapshot.stored), key=str)),
            {disk.naa.upper(): (disk.dsm, len(disk.working_paths)) for disk in snapshot.disks},
        )

    def declared(self, host: str) -> tuple[tuple[str, str], ...]:
        """Return every (NIC, portal) pair that belongs together."""
        spec = self._spec(host)
        pairs = {pair for each in self.fleet.spec.arrays for pair in self.fleet.spec.paths(spec, each)}
        return tuple(sorted((nic, portal.address) for nic, portal in pairs))

    def is_redundant(self, host: str, luns: int = 3) -> None:
        """Fail unless every declared path is live and stored, once, and carries every LUN as a disk of one DSM."""
        truth, declared = self.truth(host), self.declared(host)
        assert truth.live == declared
        assert truth.stored == declared
        assert list(truth.disks.values()) == [(self.microsoft_dsm(host), len(declared))] * luns

    def microsoft_dsm(self, host: str) -> str:
        """Return the friendly name of the DSM that Microsoft gives a server's release."""
        server_ = self.fleet.host(host)
        return server_.switches.iscsi_dsm_name if server_.release.key == "2003" else "Microsoft DSM"

    def hp_dsm(self, host: str) -> str:
        """Return the friendly name under which HP's DSM registers on a server."""
        return self.fleet.host(host).switches.hp_dsm_name

    def policies(self, host: str) -> set[int]:
        """Return the load-balance policies that the server's MPIO disks really have, as numbers."""
        return {int(disk.policy) for disk in self.fleet.host(host).disks.mpio.disks}

    def _spec(self, host: str) -> Any:
        return next(spec for spec in self.fleet.spec.hosts if spec.name == host)


@contextmanager
def staged(fleet: Fleet, directory: Path) -> Iterator[Stage]:
    """Run a fleet and judge at the end that nobody was ever made worse."""
    with fleet:
        try:
            yield Stage(fleet, directory)
        finally:
            worse = [violation.sentence for violation in fleet.laws.violations]
        assert worse == []
