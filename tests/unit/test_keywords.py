# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What guide_tasks says of the keywords of a task, and what the playbook shows when every host fails.

ansible-playbook itself runs, against addresses of the loopback network where nothing listens.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.eva.mpio.tests.unit import contract

PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
HOSTS = {"one": "127.0.0.1", "two": "127.0.0.2"}
ARRAY = {"name": "eva01", "model": "P6300", "portals": ["10.10.1.21"]}
NOBODY_LISTENS = 1
"""A port of loopback that no test server takes: the system gives none below 1024."""


def play(folder: Path, name: str, hosts: dict[str, dict[str, Any]] | None = None) -> str:
    """Run a playbook, a file or the name of one that ships, and return what it says in one line."""
    common = {"ansible_connection": "winrm", "ansible_user": "user", "ansible_password": "password"}
    there = {
        host: {**common, "ansible_host": address, "ansible_port": NOBODY_LISTENS, **(hosts or {}).get(host, {})}
        for host, address in HOSTS.items()
    }
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": there}}), encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "temp"),
    }
    for variable in ("ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_STDOUT_CALLBACK", "ANSIBLE_CONFIG"):
        environment.pop(variable, None)
    done = subprocess.run(
        [str(PLAYBOOK), "-i", str(inventory), name],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    return " ".join((done.stdout + done.stderr).split())


def play_task(folder: Path, **keywords: Any) -> str:
    """Run one task with these keywords for the host ``one``."""
    book = folder / "play.yml"
    task = {"name": "Feature", "eva.mpio.feature": {}, **keywords}
    book.write_text(yaml.safe_dump([{"hosts": "one", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    return play(folder, str(book))


def test_become_is_refused(tmp_path: Path) -> None:
    said = play_task(tmp_path, become=True, become_method="runas", become_user="SYSTEM")
    assert "become is not possible with this module: the user of the WinRM connection does the work" in said
    assert "failed=1" in said


def test_async_is_refused_by_ansible(tmp_path: Path) -> None:
    said = play_task(tmp_path, **{"async": 60, "poll": 5})
    assert "does not support async" in said
    assert "failed=1" in said


@pytest.mark.parametrize(("keywords", "address"), [({}, "127.0.0.1"), ({"delegate_to": "two"}, "127.0.0.2")])
def test_delegate_to_goes_to_the_connection_of_that_host(
    tmp_path: Path, keywords: dict[str, Any], address: str
) -> None:
    said = play_task(tmp_path, **keywords)
    assert "UNREACHABLE" in said
    assert [other for other in HOSTS.values() if other in said] == [address]


def test_the_proof_is_shown_although_every_host_failed(tmp_path: Path) -> None:
    refused = {"multipath_arrays": [ARRAY], "multipath_nics": ["no address"]}
    said = play(tmp_path, f"{contract.COLLECTION}.provision", dict.fromkeys(HOSTS, refused))
    assert said.count("HOST LUN PATHS NICS CONTROLLERS POLICY LOGINS VERDICT") == 1
    for host in HOSTS:
        assert f'"{host} - - - - - - failed"' in said
    assert said.count("failed=1") == 2
