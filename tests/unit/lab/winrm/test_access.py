# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's ways to sign in: what its file says, what its servers allow, what its inventory tells clients."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from requests.exceptions import SSLError
from winrm.exceptions import InvalidCredentialsError
from winrm.protocol import Protocol

from ansible_collections.eva.mpio.tests.lab import kdc
from ansible_collections.eva.mpio.tests.lab.fleet import Fleet
from ansible_collections.eva.mpio.tests.lab.spec_file import SpecError, parse
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.domain import required
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI

GET = fake.envelope(NAMES["x"] + "/Get", WMI + "root/cimv2/Win32_OperatingSystem")
ARRAY = {"name": "eva01", "model": "P6300", "ports": [{"address": "10.10.1.21", "controller": "A"}]}


def content(*winrm: dict[str, Any], **more: Any) -> dict[str, Any]:
    hosts = [
        {"name": f"win{number}", "nics": [f"10.10.1.{10 + number}/24"], "winrm": way, **more}
        for number, way in enumerate(winrm, start=1)
    ]
    return {"arrays": [ARRAY], "hosts": hosts}


def client(fleet: Fleet, host: str, **changes: str) -> Protocol:
    """Return a client with what the inventory says of a server, as Ansible hands it to pywinrm."""
    variables: dict[str, Any] = {**fleet.inventory()["all"]["children"]["lab"]["hosts"][host], **changes}
    named = ("cert_pem", "cert_key_pem", "ca_trust_path", "kerberos_hostname_override")
    extras = {name: variables[f"ansible_winrm_{name}"] for name in named if f"ansible_winrm_{name}" in variables}
    scheme, address, port = (variables[name] for name in ("ansible_winrm_scheme", "ansible_host", "ansible_port"))
    return Protocol(
        f"{scheme}://{address}:{port}/wsman",
        transport=variables["ansible_winrm_transport"],
        username=variables["ansible_user"],
        password=variables["ansible_password"],
        proxy=None,
        **{"ca_trust_path": None, **extras},
    )


@pytest.mark.parametrize(
    "way",
    [
        {"transport": "basic", "scheme": "https"},
        {"transport": "basic"},
        {"transport": "ntlm"},
        {"transport": "certificate", "scheme": "https"},
        {"transport": "credssp"},
    ],
    ids=lambda way: "-".join(way.values()),
)
def test_inventory_leads_in_and_nothing_else_does(way: dict[str, str]) -> None:
    with Fleet(parse(content(way))) as fleet:
        assert b"Win32_OperatingSystem" in client(fleet, "win1").send_message(GET)
        policy = fleet.winrm("win1").policy
        assert policy.allow_unencrypted is (way == {"transport": "basic"})
        assert (policy.basic, policy.credssp) == (way["transport"] == "basic", way["transport"] == "credssp")
        if way["transport"] != "basic":
            with pytest.raises(InvalidCredentialsError):
                client(fleet, "win1", ansible_winrm_transport="basic").send_message(GET)


def test_kerberos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    required()
    fleet = Fleet(parse(content({"transport": "kerberos"}, {"transport": "kerberos"}, {})))
    with fleet:
        hosts = fleet.inventory()["all"]["children"]["lab"]["hosts"]
        monkeypatch.setenv("KRB5_CONFIG", hosts["win1"]["lab_krb5_config"])
        monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'tickets'}")
        user, password = hosts["win2"]["ansible_user"], hosts["win2"]["ansible_password"]
        subprocess.run(["kinit", user], input=f"{password}\n", text=True, check=True, capture_output=True)
        for host in ("win1", "win2"):
            assert b"Win32_OperatingSystem" in client(fleet, host).send_message(GET)
        assert "lab_krb5_config" not in hosts["win3"]
        folder = Path(hosts["win1"]["lab_krb5_config"]).parent
    assert not folder.exists()


def test_without_kerberos_nothing_of_it_is_started() -> None:
    with Fleet(parse(content({}))) as fleet:
        assert fleet.access.domain is None


def test_kerberos_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kdc, "_SEARCH", os.devnull)
    fleet = Fleet(parse(content({"transport": "kerberos"})))
    with pytest.raises(OSError, match=r"kdb5_util is not installed \(Debian packages krb5-kdc"):
        fleet.start()
    assert kdc.missing()[: len(kdc._PROGRAMS)] == list(kdc._PROGRAMS)


@pytest.mark.parametrize(
    ("release", "tls", "modern"),
    [
        ("2003", None, False),
        ("2008r2", None, False),
        ("2012", None, True),
        ("2008", "1.2", True),
        ("2022", "1.0", False),
    ],
)
def test_tls_of_a_release(release: str, tls: str | None, modern: bool) -> None:
    way = {"scheme": "https", "transport": "basic", **({} if tls is None else {"tls": tls})}
    with Fleet(parse(content(way, release=release))) as fleet:
        if modern:
            client(fleet, "win1").send_message(GET)
        else:
            with pytest.raises(SSLError):
                client(fleet, "win1").send_message(GET)


def test_faults_of_the_file() -> None:
    one, other = {"transport": "kerberos"}, {"transport": "certificate", "tls": "1.1"}
    file = content(one, dict(one), other)
    file["hosts"][1]["password"] = "another"
    with pytest.raises(SpecError) as refused:
        parse(file)
    assert refused.value.sentences == (
        "hosts[3].winrm.tls: must be one of 1.0, 1.2, not '1.1'",
        "hosts[3].winrm.transport: certificate goes over https only",
    )
    del file["hosts"][2]
    with pytest.raises(SpecError, match="a user has one password and not several"):
        parse(file)
