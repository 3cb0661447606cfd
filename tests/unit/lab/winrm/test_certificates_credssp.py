# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client certificates, TLS of the time, and CredSSP, judged by pywinrm and pypsrp."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from pypsrp.wsman import SelectorSet, WSMan
from requests_credssp.exceptions import AuthenticationException, NTStatusException
from winrm.exceptions import InvalidCredentialsError, WSManFaultError
from winrm.protocol import Protocol

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.accounts import CertificateMapping
from ansible_collections.eva.mpio.tests.lab.winrm.auth import Policy
from ansible_collections.eva.mpio.tests.lab.winrm.profile import Profile
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints, WinRmServer
from ansible_collections.eva.mpio.tests.lab.winrm.tls import Authority
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client, Windows

SERVICE = WMI + "root/cimv2/Win32_Service"
GET = fake.envelope(NAMES["x"] + "/Get", SERVICE, selectors={"Name": "msiscsi"})
STRICT = Policy(basic=False, allow_unencrypted=False)
PRINCIPAL = "ansible@localhost"

Pem = tuple[Path, Path]


def answered(events: EventLog) -> list[tuple[str, int, str]]:
    return [(e.facts["action"], e.facts["status"], e.facts["scheme"]) for e in events.since(kind="request")]


@pytest.fixture
def clients() -> Iterator[Authority]:
    """Return the authority of client certificates."""
    authority = Authority()
    yield authority
    authority.close()


def mapped(endpoints: Endpoints, windows: Windows, *entries: CertificateMapping) -> WinRmServer:
    return endpoints.open(windows, http_port=0, https_port=0, policy=replace(STRICT, certificates=entries))


def entry(authority: Authority, subject: str = PRINCIPAL, password: str = fake.PASSWORD) -> CertificateMapping:
    return CertificateMapping(authority.certificate, subject, fake.USER, password)


def by_certificate(endpoints: Endpoints, server: WinRmServer, pem: Pem) -> Protocol:
    certificate, key = map(str, pem)
    return Protocol(
        server.https_url,
        transport="certificate",
        cert_pem=certificate,
        cert_key_pem=key,
        ca_trust_path=str(endpoints.authority.path),
        proxy=None,
    )


@pytest.mark.parametrize("subject", [PRINCIPAL, "*@localhost", "*", "ANSIBLE@LocalHost"])
def test_certificate(
    endpoints: Endpoints, windows: Windows, events: EventLog, clients: Authority, subject: str
) -> None:
    server = mapped(endpoints, windows, entry(clients, "other@localhost"), entry(clients, subject))
    session = by_certificate(endpoints, server, clients.client_certificate(PRINCIPAL))
    shell_id = session.open_shell()
    assert b"Win32_Service_Type" in session.send_message(GET)
    session.close_shell(shell_id)
    assert answered(events) == [(action, 200, "Certificate") for action in ("Create", "Get", "Delete")]


def test_pypsrp_by_certificate(endpoints: Endpoints, windows: Windows, clients: Authority) -> None:
    server = mapped(endpoints, windows, entry(clients))
    certificate, key = map(str, clients.client_certificate(PRINCIPAL))
    session = WSMan(
        "127.0.0.1",
        port=urlsplit(server.https_url).port,
        auth="certificate",
        certificate_pem=certificate,
        certificate_key_pem=key,
        cert_validation=str(endpoints.authority.path),
        no_proxy=True,
    )
    selectors = SelectorSet()
    selectors.add_option("Name", "WinRM")
    with session:
        assert session.get(SERVICE, selector_set=selectors).findtext(f".//{{{SERVICE}}}State") == "Running"


def test_certificate_that_no_entry_maps_gets_401(endpoints: Endpoints, windows: Windows, clients: Authority) -> None:
    server = mapped(endpoints, windows, entry(clients))
    with pytest.raises(InvalidCredentialsError):
        by_certificate(endpoints, server, clients.client_certificate("mallory@localhost")).send_message(GET)


def test_certificate_of_another_trusted_authority_gets_401(
    endpoints: Endpoints, windows: Windows, clients: Authority
) -> None:
    """The entry is for the issuer too: whoever the other authority calls ansible@localhost is somebody else."""
    other = Authority()
    server = mapped(endpoints, windows, entry(clients), entry(other, "root@localhost"))
    with pytest.raises(InvalidCredentialsError):
        by_certificate(endpoints, server, other.client_certificate(PRINCIPAL)).send_message(GET)
    other.close()


def test_certificate_of_an_unknown_authority_ends_the_connection(
    endpoints: Endpoints, windows: Windows, clients: Authority
) -> None:
    stranger = Authority()
    server = mapped(endpoints, windows, entry(clients))
    with pytest.raises(requests.exceptions.SSLError, match="UNKNOWN_CA"):
        by_certificate(endpoints, server, stranger.client_certificate(PRINCIPAL)).send_message(GET)
    stranger.close()


def test_certificate_without_entries_or_without_https_gets_401(
    endpoints: Endpoints, windows: Windows, clients: Authority
) -> None:
    header = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
    for url in (mapped(endpoints, windows).https_url, mapped(endpoints, windows, entry(clients)).http_url):
        client = Client(url)
        client.session.auth = None
        client.session.verify = str(endpoints.authority.path)
        client.session.cert = tuple(map(str, clients.client_certificate(PRINCIPAL)))
        assert client.post(GET, Authorization=header).status_code == 401


def test_entry_whose_password_is_not_the_accounts_any_more(
    endpoints: Endpoints, windows: Windows, clients: Authority
) -> None:
    server = mapped(endpoints, windows, entry(clients))
    session = by_certificate(endpoints, server, clients.client_certificate(PRINCIPAL))
    session.send_message(GET)
    windows.accounts[fake.USER] = "changed"
    with pytest.raises(WSManFaultError) as refused:
        session.send_message(GET)
    assert refused.value.wsman_fault_code == 1309


def test_others_still_sign_in_where_certificates_are_asked_for(
    endpoints: Endpoints, windows: Windows, clients: Authority
) -> None:
    server = mapped(endpoints, windows, entry(clients))
    session = Protocol(
        server.https_url,
        transport="ntlm",
        username=fake.USER,
        password=fake.PASSWORD,
        ca_trust_path=str(endpoints.authority.path),
        proxy=None,
    )
    assert b"Win32_Service_Type" in session.send_message(GET)


@pytest.fixture
def ancient(endpoints: Endpoints, windows: Windows) -> WinRmServer:
    """Return a server that speaks TLS 1.0 only."""
    policy = replace(STRICT, modern_tls=False)
    return endpoints.open(windows, profile.WINRM_2_0, http_port=0, https_port=0, policy=policy)


def test_tls_1_0_is_refused_by_todays_openssl_and_ntlm_over_http_is_the_way_in(
    endpoints: Endpoints, ancient: WinRmServer
) -> None:
    settings = {"username": fake.USER, "password": fake.PASSWORD, "ca_trust_path": str(endpoints.authority.path)}
    with pytest.raises(requests.exceptions.SSLError, match=r"UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION"):
        Protocol(ancient.https_url, transport="ntlm", proxy=None, **settings).send_message(GET)
    answer = Protocol(ancient.http_url, transport="ntlm", proxy=None, **settings).send_message(GET)
    assert b"Win32_Service_Type" in answer


def test_tls_1_0_works_for_who_insists(endpoints: Endpoints, ancient: WinRmServer) -> None:
    url = urlsplit(ancient.https_url)
    context = ssl.create_default_context(cafile=str(endpoints.authority.path))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    plain = socket.create_connection((str(url.hostname), int(url.port or 0)))
    with context.wrap_socket(plain, server_hostname="SRV01") as tls:
        assert tls.version() == "TLSv1"


def by_credssp(endpoints: Endpoints, server: WinRmServer, *, https: bool = False, **more: str) -> Protocol:
    return Protocol(
        server.https_url if https else server.http_url,
        transport="credssp",
        ca_trust_path=str(endpoints.authority.path),
        proxy=None,
        **{"username": fake.USER, "password": fake.PASSWORD, **more},
    )


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_credssp(endpoints: Endpoints, windows: Windows, events: EventLog, https: bool) -> None:
    """Sealed by TLS within HTTP; over HTTPS nothing is sealed twice."""
    server = endpoints.open(windows, http_port=0, https_port=0, policy=STRICT)
    session = by_credssp(endpoints, server, https=https)
    shell_id = session.open_shell()
    refused = [("SignIn", 401, "")] * 5
    create = ("Create", 200, "CredSSP")
    assert answered(events) == [*refused, *([create] if https else [("SignIn", 200, "CredSSP"), create])]
    command_id = session.run_command(shell_id, "mpclaim", ["-s", "-d"])
    assert session.get_command_output(shell_id, command_id) == (b"out", b"err", 0xEFFF0003)
    session.close_shell(shell_id)


def test_credssp_seals_long_messages_in_parts(endpoints: Endpoints, windows: Windows) -> None:
    """16 kB are a TLS record; both directions go over it."""
    server = endpoints.open(windows, http_port=0, https_port=-1, policy=STRICT)
    session = by_credssp(endpoints, server)
    shell_id = session.open_shell()
    windows.output = b"0123456789abcdef" * 4096
    command_id = session.run_command(shell_id, "stdin", console_mode_stdin=False)
    session.send_command_input(shell_id, command_id, b"x" * 40_000, end=True)
    assert session.get_command_output(shell_id, command_id)[0] == b"x" * 40_000
    command_id = session.run_command(shell_id, "big")
    assert session.get_command_output(shell_id, command_id)[0] == windows.output


def test_pypsrp_by_credssp(endpoints: Endpoints, windows: Windows) -> None:
    server = endpoints.open(windows, http_port=0, https_port=-1, policy=STRICT)
    session = WSMan(
        "127.0.0.1",
        port=urlsplit(server.http_url).port,
        ssl=False,
        auth="credssp",
        username=fake.USER,
        password=fake.PASSWORD,
        no_proxy=True,
    )
    selectors = SelectorSet()
    selectors.add_option("Name", "WinRM")
    with session:
        assert session.get(SERVICE, selector_set=selectors).findtext(f".//{{{SERVICE}}}State") == "Running"


def test_credssp_with_a_wrong_password(endpoints: Endpoints, windows: Windows) -> None:
    server = endpoints.open(windows, http_port=0, https_port=-1)
    with pytest.raises(NTStatusException, match="0x8009030c"):  # SEC_E_LOGON_DENIED
        by_credssp(endpoints, server, password="wrong").send_message(GET)


@pytest.mark.parametrize("stack", [profile.WINRM_1_1, profile.WINRM_1_1_ON_2003, profile.WINRM_2_0_ON_2003])
def test_credssp_is_not_everywhere(endpoints: Endpoints, windows: Windows, stack: Profile) -> None:
    server = endpoints.open(windows, stack, http_port=0, https_port=-1)
    with pytest.raises(AuthenticationException, match="available"):
        by_credssp(endpoints, server).send_message(GET)


def test_credssp_that_is_switched_off(endpoints: Endpoints, windows: Windows) -> None:
    server = endpoints.open(windows, http_port=0, https_port=-1, policy=Policy(credssp=False))
    with pytest.raises(AuthenticationException, match="available"):
        by_credssp(endpoints, server).send_message(GET)
