# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of each generation is recorded, and read again far away from it: the same host, and nothing private."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._capture import recording
from ansible_collections.eva.mpio.tests import replay
from ansible_collections.eva.mpio.tests.integration.profiles import GENERATIONS, PROFILES, options
from ansible_collections.eva.mpio.tests.integration.stage import PORTALS, Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.capture.judging import (
    files,
    found,
    same_but_for_names,
)

NAME, USER, PASSWORD = "zebra7", "quagga", "Pa$$-okapi&9"
PEOPLE = ("tapir", "gnu")
GROUPS = ("Numbat SQL", "Kakapo")
CHAP = {
    "name": "serval-user",
    "secret": "ocelot-secret1",
    "mutual_name": "margay-user",
    "mutual_secret": "mutual-secret1",
}
DESPITE = {"reboot_despite": ["cluster"]}
"""The servers carry groups of a cluster."""


def recorded_server(profile: str, name: str = NAME, user: str = USER, language: str = "en") -> dict[str, Any]:
    """Declare a server with everything private that there can be."""
    kind = dict(PROFILES[profile])
    return server(
        name,
        1,
        **kind,
        language=language,
        user=user,
        password=PASSWORD,
        cluster={"name": "wombatclu", "groups": list(GROUPS), "others": ["zebra8"]},
        chap=CHAP,
    )


@dataclass(frozen=True)
class Recorded:
    """A server with two paths to mend, as it is and as its capture has it."""

    folder: Path
    host: dict[str, Any]
    plan: list[dict[str, Any]]
    wish: dict[str, Any]
    private: frozenset[str]

    def again(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Read the host from the capture; return it, and what each text of the real one became there."""
        result, tape = replay.shown(self.folder)
        assert tape.unknown == []
        host: dict[str, Any] = plain(result["host"])
        return host, same_but_for_names(self.host, host)


@contextmanager
def recorded(directory: Path, profile: str, **more: str) -> Iterator[Recorded]:
    """Provision a server, break a live and a stored half of a path, and record it."""
    declared = recorded_server(profile, **more)
    name, folder = declared["name"], directory / "capture"
    with staged(fleet_of(declared, second=0.005), directory) as stage:
        stage.provision(name, **DESPITE, **options(profile))
        stage.fleet.host(name).desktops.log_on("\\".join(PEOPLE))  # the restart has ended their desktops
        stage.fleet.faults.inject("end-session", name, "10.10.1.22")
        stage.fleet.faults.inject("forget-login", name, "10.10.2.21")
        host = stage.module("host_info", name, {"capture": str(folder)})
        assert host.status == "ok", host.message
        wish = stage.whole(name, **DESPITE, **options(profile))
        plan = stage.module("host", name, wish, check=True)
        assert plan["changed"] is True
        yield Recorded(folder, plain(host["host"]), plan["steps"], wish, private(stage, name))


def private(stage: Stage, name: str) -> frozenset[str]:
    """Return what a server told of itself and no capture may hold."""
    server_ = stage.fleet.host(name)
    snapshot = server_.snapshot()
    nics = [nic.address for nic in stage._spec(name).nics]
    return frozenset(
        {
            *(name, *PEOPLE, *GROUPS, CHAP["name"], *PORTALS, *nics),
            *(adapter.mac for adapter in server_.network.adapters),
            *(disk.naa for disk in snapshot.disks),
            *(session.target for session in snapshot.sessions),
        }
    )


def plain(data: Any) -> Any:
    """Return data as Ansible hands it on."""
    return json.loads(json.dumps(data, default=str))


def renamed(data: Any, names: Mapping[str, str]) -> Any:
    """Return data with the stand-ins in place of the real names."""
    text = json.dumps(data, default=str)
    for name in sorted(names, key=len, reverse=True):
        if name != names[name] and re.fullmatch(r"[\w.:-]{5,}", name):
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", names[name], text, flags=re.IGNORECASE)
    return json.loads(text)


@pytest.mark.parametrize(("profile", "language"), [*((profile, "en") for profile in GENERATIONS), ("2008r2", "de")])
def test_the_same_host_and_nothing_private(profile: str, language: str, tmp_path: Path) -> None:
    with recorded(tmp_path, profile, language=language) as server_:
        texts = files(server_.folder)
        assert len(texts) > 60
        assert found({*server_.private, USER, PASSWORD, "zebra8", *CHAP.values()}, texts) == set()
        host, names = server_.again()
        assert (len(host["disks"]), len(host["sessions"]), len(host["logins"])) == (3, 3, 3)
        result, tape = replay.planned(server_.folder, renamed(server_.wish, names))
        assert tape.unknown == []
        steps = [step["step"] for step in result["steps"]]
        assert steps == [step["step"] for step in renamed(server_.plan, names)]
        assert len(steps) >= 2  # a session and a login to mend


def test_all_of_it_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server does not tell cannot leak, and would prove nothing."""
    monkeypatch.setattr(recording, "scrubbed", lambda exchanges, _disguise: exchanges)
    with recorded(tmp_path, "2012r2") as server_:
        assert found(server_.private, files(server_.folder)) == server_.private


@pytest.mark.parametrize(("name", "user"), [("mpio", "disk"), ("server", "service"), ("root", "wsman")])
def test_names_that_are_words_of_the_questions(name: str, user: str, tmp_path: Path) -> None:
    with recorded(tmp_path, "2008r2", name=name, user=user) as server_:
        result, tape = replay.shown(server_.folder)
        assert tape.unknown == []
        assert result["host"]["os"]["name"] == "host-1"
        for host in (server_.host, result["host"]):
            del host["os"]["name"], host["cluster"]["nodes"]  # a driver may have the same
        same_but_for_names(server_.host, plain(result["host"]))
