# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kerberos against a real KDC: the server's side is the lab's, the clients and the tickets are not."""

from __future__ import annotations

import base64
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import spnego
from pypsrp.encryption import WinRMEncryption
from pypsrp.wsman import SelectorSet, WSMan
from winrm.exceptions import InvalidCredentialsError, WSManFaultError
from winrm.protocol import Protocol
from winrm.vendor.requests_kerberos.exceptions import KerberosExchangeError

from ansible_collections.eva.mpio.tests.lab import kdc
from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.auth import Policy
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints, WinRmServer
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.domain import PASSWORD, USER, running_domain
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client, Windows

SERVICE = WMI + "root/cimv2/Win32_Service"
GET = fake.envelope(NAMES["x"] + "/Get", SERVICE, selectors={"Name": "msiscsi"})
STRICT = Policy(basic=False, allow_unencrypted=False)


@pytest.fixture(scope="module")
def domain() -> Iterator[kdc.Domain]:
    with running_domain() as domain:
        yield domain


@pytest.fixture
def ticket(domain: kdc.Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the cache with the ticket that clients in this process find."""
    for name, value in domain.ticket(USER, tmp_path / "tickets").items():
        monkeypatch.setenv(name, value)
    return tmp_path / "tickets"


@pytest.fixture(scope="module")
def joined(domain: kdc.Domain) -> dict[str, kdc.Membership]:
    return {"SRV01": domain.join("SRV01"), "OLD": domain.join("OLD", rc4_only=True)}


def member(endpoints: Endpoints, joined: dict[str, kdc.Membership], name: str = "SRV01") -> WinRmServer:
    stack = profile.WINRM_2_0_ON_2003 if name == "OLD" else profile.WINRM_3_0
    return endpoints.open(Windows(name), stack, http_port=0, https_port=0, policy=STRICT, membership=joined[name])


def pywinrm(
    domain: kdc.Domain, endpoints: Endpoints, server: WinRmServer, *, https: bool = False, **more: str
) -> Protocol:
    settings = {"kerberos_hostname_override": domain.host_name(server.machine.name), "service": "HTTP", **more}
    return Protocol(
        server.https_url if https else server.http_url,
        transport="kerberos",
        username=f"{USER}@{domain.realm}",
        password="",
        ca_trust_path=str(endpoints.authority.path),
        proxy=None,
        **settings,
    )


def requests(events: EventLog) -> list[tuple[str, int, str]]:
    return [(e.facts["action"], e.facts["status"], e.facts["scheme"]) for e in events.since(kind="request")]


@pytest.mark.usefixtures("ticket")
@pytest.mark.parametrize("name", ["SRV01", "OLD"])
def test_pywinrm_seals_over_http(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership], events: EventLog, name: str
) -> None:
    """One request signs in, both ways sealed; Windows Server 2003 by RC4."""
    session = pywinrm(domain, endpoints, member(endpoints, joined, name))
    shell_id = session.open_shell()
    assert requests(events) == [("SignIn", 200, "Kerberos"), ("Create", 200, "Kerberos")]
    command_id = session.run_command(shell_id, "mpclaim", ["-s", "-d"])
    assert session.get_command_output(shell_id, command_id) == (b"out", b"err", 0xEFFF0003)
    session.close_shell(shell_id)
    large = session.send_message(fake.enumerate_request(uri=WMI + "root/cimv2/Win32_Service", elements=3))
    assert large.count(b"<p:Win32_Service ") == (3 if name == "OLD" else 1)


@pytest.mark.usefixtures("ticket")
@pytest.mark.parametrize("service", ["HTTP", "host"])
def test_pywinrm_over_https(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership], events: EventLog, service: str
) -> None:
    session = pywinrm(domain, endpoints, member(endpoints, joined), https=True, service=service)
    assert b"Win32_Service_Type" in session.send_message(GET)
    assert requests(events) == [("Get", 200, "Kerberos")]


def test_owner_of_the_shell_is_the_domains_account(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership], ticket: Path
) -> None:
    session = pywinrm(domain, endpoints, member(endpoints, joined))
    body = "<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams></rsp:Shell>"
    answer = session.send_message(fake.envelope(NAMES["x"] + "/Create", fake.SHELL, body))
    assert b"<rsp:Owner>LAB\\alice</rsp:Owner>" in answer


@pytest.mark.usefixtures("ticket")
@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("auth", ["kerberos", "negotiate"])
def test_pypsrp(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership], auth: str, https: bool
) -> None:
    """A second client: SPNEGO around the ticket; sealed under the name of SPNEGO."""
    server = member(endpoints, joined)
    session = WSMan(
        "127.0.0.1",
        port=urlsplit(server.https_url if https else server.http_url).port,
        ssl=https,
        auth=auth,
        cert_validation=str(endpoints.authority.path),
        negotiate_hostname_override=domain.host_name("SRV01"),
        negotiate_service="HTTP",
        no_proxy=True,
    )
    selectors = SelectorSet()
    selectors.add_option("Name", "WinRM")
    with session:
        answer = session.get(SERVICE, selector_set=selectors)
    assert answer.findtext(f".//{{{SERVICE}}}State") == "Running"


def test_wrong_ticket(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership], ticket: Path
) -> None:
    """A ticket for another server of the domain is worth nothing here."""
    server = member(endpoints, joined)
    with pytest.raises(InvalidCredentialsError):
        pywinrm(domain, endpoints, server, kerberos_hostname_override=domain.host_name("OLD")).send_message(GET)
    with pytest.raises(KerberosExchangeError):
        pywinrm(domain, endpoints, server, kerberos_hostname_override="nobody.lab.example").send_message(GET)
    subprocess.run(["kdestroy", "-c", str(ticket)], check=True)
    with pytest.raises(KerberosExchangeError):
        pywinrm(domain, endpoints, server).send_message(GET)


def test_who_is_no_administrator_is_denied(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership], ticket: Path
) -> None:
    """Signed in, and may do nothing: error 5 as a SOAP fault."""
    known = joined["SRV01"]
    stranger = kdc.Membership(known.realm, known.domain, known.keytab, known.configuration, {})
    server = endpoints.open(Windows(), http_port=0, https_port=-1, policy=STRICT, membership=stranger)
    with pytest.raises(WSManFaultError) as refused:
        pywinrm(domain, endpoints, server).send_message(GET)
    assert refused.value.wsman_fault_code == 5


def test_ntlm_knows_the_domains_accounts_too(endpoints: Endpoints, joined: dict[str, kdc.Membership]) -> None:
    server = member(endpoints, joined)
    for user, password in ((rf"LAB\{USER}", PASSWORD), (f"{USER}@LAB.EXAMPLE", PASSWORD), (fake.USER, fake.PASSWORD)):
        session = Protocol(
            server.http_url, transport="ntlm", username=user, password=password, ca_trust_path="", proxy=None
        )
        assert b"Win32_Service_Type" in session.send_message(GET)


def test_offers(endpoints: Endpoints, joined: dict[str, kdc.Membership]) -> None:
    inside, outside = member(endpoints, joined), endpoints.open(Windows("WG"), http_port=0, https_port=-1)
    for server, offered in ((inside, True), (outside, False)):
        client = Client(server.http_url)
        client.session.auth = None
        answer = client.post(GET)
        assert ("Kerberos" in answer.headers["WWW-Authenticate"]) is offered


@pytest.mark.usefixtures("ticket")
def test_outside_of_the_domain_nobody_signs_in_by_ticket(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership]
) -> None:
    outside = endpoints.open(Windows("SRV01"), http_port=0, https_port=-1)
    with pytest.raises(InvalidCredentialsError):
        pywinrm(domain, endpoints, outside).send_message(GET)


def test_kdc_ends_with_its_domain(domain: kdc.Domain) -> None:
    with kdc.Domain({USER: "x"}) as other:
        folder, port = other.folder, other.configuration.read_text(encoding="ascii").split("127.0.0.1:")[1].split()[0]
        other.join("TWICE")
        with pytest.raises(kdc.KdcError, match="already exists"):
            other.join("twice")
        other.users[USER] = "wrong"
        with pytest.raises(kdc.KdcError, match="kinit failed"):
            other.ticket(USER, folder / "tickets")
    assert not folder.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


@pytest.mark.usefixtures("ticket")
def test_bare_kerberos_has_a_seal_of_its_own_name(
    domain: kdc.Domain, endpoints: Endpoints, joined: dict[str, kdc.Membership]
) -> None:
    """The scheme ``Kerberos`` of the Authorization header, which neither library uses (MS-WSMV 2.2.9.1.2)."""
    server = member(endpoints, joined)
    client = Client(server.http_url)
    client.session.auth = None
    context = spnego.client(hostname=domain.host_name("SRV01"), service="HTTP", protocol="kerberos")
    token = base64.b64encode(context.step() or b"").decode()
    answer = client.post(b"", Authorization=f"Kerberos {token}")
    assert answer.status_code == 200
    context.step(base64.b64decode(answer.headers["WWW-Authenticate"].removeprefix("Kerberos ")))
    for name, status in ((WinRMEncryption.KERBEROS, 200), (WinRMEncryption.SPNEGO, 400)):
        seal = WinRMEncryption(context, name)
        kind, body = seal.wrap_message(GET.encode())
        content_type = f'{kind};protocol="{name}";boundary="Encrypted Boundary"'
        answer = client.post(body, **{"Content-Type": content_type})
        assert answer.status_code == status
        if status == 200:
            assert f'protocol="{name}"' in answer.headers["Content-Type"]
            assert b"Win32_Service_Type" in seal.unwrap_message(answer.content, "Encrypted Boundary")


@pytest.mark.parametrize("user", [rf"LAB\{USER}", f"{USER}@LAB.EXAMPLE"])
def test_credssp_takes_the_domains_accounts(endpoints: Endpoints, joined: dict[str, kdc.Membership], user: str) -> None:
    server = member(endpoints, joined)
    session = Protocol(
        server.http_url, transport="credssp", username=user, password=PASSWORD, ca_trust_path="", proxy=None
    )
    assert b"Win32_Service_Type" in session.send_message(GET)
