# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign-in and transport, judged by clients that are not ours: pywinrm, pypsrp, requests."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import SelectorSet, WSMan
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError
from winrm.protocol import Protocol

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.winrm import profile
from ansible_collections.eva.mpio.tests.lab.winrm.auth import Policy
from ansible_collections.eva.mpio.tests.lab.winrm.server import Endpoints, WinRmServer
from ansible_collections.eva.mpio.tests.unit.lab.winrm import fake
from ansible_collections.eva.mpio.tests.unit.lab.winrm.fake import NAMES, WMI, Client, Windows, until

SERVICE = WMI + "root/cimv2/Win32_Service"
GET = fake.envelope(NAMES["x"] + "/Get", SERVICE, selectors={"Name": "msiscsi"})
SIGN_INS = {"basic": "basic", "ntlm-sealed": "ntlm", "ntlm-https": "ntlm", "basic-https": "basic"}


@pytest.fixture
def both(endpoints: Endpoints, windows: Windows) -> WinRmServer:
    return endpoints.open(windows, http_port=0, https_port=0)


def pywinrm(endpoints: Endpoints, server: WinRmServer, how: str, **changes: str) -> Protocol:
    https = how.endswith("https")
    settings = {"username": fake.USER, "password": fake.PASSWORD, **changes}
    return Protocol(
        server.https_url if https else server.http_url,
        transport=SIGN_INS[how],
        ca_trust_path=str(endpoints.authority.path),
        proxy=None,
        **settings,
    )


def signed_in(events: EventLog) -> list[tuple[str, int, str]]:
    return [(e.facts["action"], e.facts["status"], e.facts["scheme"]) for e in events.since(kind="request")]


@pytest.mark.parametrize(
    ("how", "first"),
    [
        ("basic", [("Create", 200, "Basic")]),
        ("basic-https", [("Create", 200, "Basic")]),
        (
            "ntlm-sealed",
            [("SignIn", 401, ""), ("SignIn", 401, ""), ("SignIn", 200, "NTLM"), ("Create", 200, "NTLM")],
        ),
        ("ntlm-https", [("SignIn", 401, ""), ("SignIn", 401, ""), ("Create", 200, "NTLM")]),
    ],
)
def test_pywinrm(
    endpoints: Endpoints, both: WinRmServer, events: EventLog, how: str, first: list[tuple[str, int, str]]
) -> None:
    """Shell, command and WMI on one connection; the round trips are those of facts measured on the real client."""
    session = pywinrm(endpoints, both, how)
    shell_id = session.open_shell()
    assert signed_in(events) == first
    command_id = session.run_command(shell_id, "mpclaim", ["-s", "-d"])
    assert session.get_command_output(shell_id, command_id) == (b"out", b"err", 0xEFFF0003)
    assert b"Win32_Service_Type" in session.send_message(GET)
    session.close_shell(shell_id)
    scheme = first[-1][2]
    rest = [(action, 200, scheme) for action in ("Command", "Receive", "Get", "Delete")]
    assert signed_in(events)[len(first) :] == rest


@pytest.mark.parametrize("how", SIGN_INS)
def test_pywinrm_with_a_wrong_password(endpoints: Endpoints, both: WinRmServer, how: str) -> None:
    for changes in ({"password": "wrong"}, {"username": "nobody"}):
        with pytest.raises(InvalidCredentialsError):
            pywinrm(endpoints, both, how, **changes).open_shell()


@pytest.mark.parametrize("user", [rf"SRV01\{fake.USER}", rf".\{fake.USER}", fake.USER.upper()])
def test_spellings_of_a_local_account(endpoints: Endpoints, both: WinRmServer, windows: Windows, user: str) -> None:
    windows.accounts[fake.USER.upper()] = fake.PASSWORD
    for how in ("basic", "ntlm-sealed"):
        pywinrm(endpoints, both, how, username=user).open_shell()


def pypsrp(
    endpoints: Endpoints, server: WinRmServer, auth: str, *, https: bool, password: str = fake.PASSWORD
) -> WSMan:
    url = urlsplit(server.https_url if https else server.http_url)
    return WSMan(
        "127.0.0.1",
        port=url.port,
        username=fake.USER,
        password=password,
        ssl=https,
        auth=auth,
        cert_validation=str(endpoints.authority.path) if https else True,
        encryption="never" if auth == "basic" and not https else "auto",
        no_proxy=True,
    )


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("auth", ["basic", "ntlm", "negotiate"])
def test_pypsrp(endpoints: Endpoints, both: WinRmServer, windows: Windows, auth: str, https: bool) -> None:
    with pypsrp(endpoints, both, auth, https=https) as session:
        with WinRS(session, codepage=437, no_profile=True) as shell:
            process = Process(shell, "iscsicli", ["SessionList"])
            process.invoke()
            process.signal(SignalCode.TERMINATE)
        assert (process.stdout, process.stderr, process.rc) == (b"out", b"err", 0xEFFF0003)
        selectors = SelectorSet()
        selectors.add_option("Name", "WinRM")
        answer = session.get(SERVICE, selector_set=selectors)
        assert answer.findtext(f".//{{{SERVICE}}}State") == "Running"
        with pytest.raises(WSManFaultError) as refused:
            session.get(SERVICE + "X", selector_set=selectors)
        assert refused.value.code == 2150858752
    assert windows.lines == ["iscsicli SessionList"]
    assert windows.code_pages == [437]


def test_pypsrp_with_a_wrong_password(endpoints: Endpoints, both: WinRmServer) -> None:
    for auth in ("basic", "negotiate"):
        with pytest.raises(AuthenticationError), pypsrp(endpoints, both, auth, https=False, password="no") as session:
            WinRS(session).open()


def test_servers_keep_their_accounts_apart(endpoints: Endpoints) -> None:
    """The same user name with another password on each server, all at once; the process keeps no trace."""
    many = [Windows(f"SRV{number:02}") for number in range(8)]
    for number, one in enumerate(many):
        one.accounts = {fake.USER: f"secret {number}"}
    servers = [endpoints.open(one, http_port=0, https_port=-1) for one in many]

    def sign_in(number: int) -> bool:
        session = pywinrm(endpoints, servers[number % 8], "ntlm-sealed", password=f"secret {number // 8}")
        try:
            return b"Win32_Service" in session.send_message(GET)
        except InvalidCredentialsError:
            return False

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(sign_in, range(64)))
    assert [number for number, ok in enumerate(accepted) if ok] == [9 * number for number in range(8)]
    assert "NTLM_USER_FILE" not in os.environ


def test_connection_that_was_dropped_leaves_a_sealed_session_with_400(
    endpoints: Endpoints, both: WinRmServer, events: EventLog
) -> None:
    """As with Windows: the client signs in anew, but its message is sealed with the old keys."""
    session = pywinrm(endpoints, both, "ntlm-sealed")
    session.send_message(GET)
    both.idle_seconds = 0.05
    idle = pywinrm(endpoints, both, "ntlm-sealed")
    idle.send_message(GET)
    until(lambda: both.connection_count == 1)
    both.idle_seconds = 120
    for _unused in range(2):
        with pytest.raises(WinRMTransportError) as refused:
            idle.send_message(GET)
        assert refused.value.code == 400
    idle.transport.close_session()
    idle.transport.encryption = None
    idle.send_message(GET)
    assert 400 in [event.facts["status"] for event in events.since(kind="request")]


def test_basic_reconnects_by_itself(endpoints: Endpoints, both: WinRmServer) -> None:
    both.idle_seconds = 0.05
    session = pywinrm(endpoints, both, "basic")
    session.send_message(GET)
    until(lambda: both.connection_count == 0)
    session.send_message(GET)


@pytest.fixture
def strict(endpoints: Endpoints, windows: Windows) -> WinRmServer:
    policy = Policy(basic=True, allow_unencrypted=False)
    return endpoints.open(windows, http_port=0, https_port=0, policy=policy)


def test_without_allow_unencrypted_only_sealed_or_https(endpoints: Endpoints, strict: WinRmServer) -> None:
    answer = Client(strict.http_url).post(GET)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Negotiate, CredSSP"
    with pytest.raises(InvalidCredentialsError):
        pywinrm(endpoints, strict, "ntlm-sealed", message_encryption="never").send_message(GET)
    for how in ("ntlm-sealed", "ntlm-https", "basic-https"):
        assert b"Win32_Service_Type" in pywinrm(endpoints, strict, how).send_message(GET)


def test_without_basic_it_is_not_offered(endpoints: Endpoints, windows: Windows) -> None:
    server = endpoints.open(windows, http_port=0, https_port=0, policy=Policy(basic=False))
    for how in ("basic", "basic-https"):
        with pytest.raises(InvalidCredentialsError):
            pywinrm(endpoints, server, how).send_message(GET)


def test_certificate_is_for_the_server_and_signed_by_the_labs_authority(
    endpoints: Endpoints, both: WinRmServer
) -> None:
    context = ssl.create_default_context(cafile=str(endpoints.authority.path))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    url = urlsplit(both.https_url)
    assert url.hostname
    assert url.port
    for name in ("127.0.0.1", "SRV01", "localhost"):
        plain = socket.create_connection((url.hostname, url.port))
        with context.wrap_socket(plain, server_hostname=name) as tls:
            assert tls.version() in ("TLSv1.2", "TLSv1.3")


def test_request_larger_than_the_envelope_gets_413(endpoints: Endpoints, windows: Windows) -> None:
    server = endpoints.open(windows, profile.WINRM_2_0, http_port=0, https_port=-1)
    client = Client(server.http_url)
    for size in (150 * 1024 + 1, 5_000_000):
        assert client.post(b" " * size).status_code == 413
    padded = GET + " " * (150 * 1024 - len(GET))
    assert client.post(padded).status_code == 200


def test_chunked_upload_is_refused(client: Client, events: EventLog) -> None:
    answer = client.session.post(client.url, data=iter([GET.encode()]), timeout=10)
    assert answer.status_code == 500
    assert 'Code="50"' in answer.text


def test_other_paths_and_methods(client: Client) -> None:
    assert client.session.get(client.url, timeout=5).status_code == 405
    client.url = client.url.replace("/wsman", "/other")
    assert client.post(GET).status_code == 404


@pytest.mark.parametrize(
    "header", ["Basic !", "Negotiate !", "Negotiate TlRMTVNTUAAC", "Negotiate AAAA", "NTLM AAAA", "Other x", "Basic"]
)
def test_broken_authorization_gets_401(server: WinRmServer, header: str) -> None:
    client = Client(server.http_url)
    client.session.auth = None
    answer = client.post(GET, Authorization=header)
    assert answer.status_code == 401
    assert 'Basic realm="WSMAN"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("body", [b"", b"x", b"--Encrypted Boundary\r\n" * 3])
def test_damaged_sealed_message_gets_400(client: Client, body: bytes) -> None:
    headers = {"Content-Type": "multipart/encrypted"}
    assert client.post(body, **headers).status_code == (400 if body else 200)


def test_connection_survives_many_requests(client: Client, server: WinRmServer) -> None:
    for _unused in range(20):
        client.ask(GET)
    assert server.connection_count == 1


def test_bytes_that_are_no_http(server: WinRmServer, client: Client) -> None:
    url = urlsplit(server.http_url)
    with socket.create_connection((str(url.hostname), int(url.port or 0))) as raw:
        raw.sendall(b"\x16\x03\x01\x00\xff nonsense\r\n\r\n")
        raw.settimeout(5)
        assert raw.recv(100).startswith(b"HTTP/1.1 400 ")
    client.ask(GET)


def test_connection_close_is_honoured(server: WinRmServer) -> None:
    url = urlsplit(server.http_url)
    plain = http.client.HTTPConnection(str(url.hostname), url.port, timeout=5)
    plain.request("POST", "/wsman", b"", {"Connection": "close"})
    answer = plain.getresponse()
    assert (answer.status, answer.getheader("Connection")) == (401, "close")
    assert answer.getheader("Server") == "Microsoft-HTTPAPI/2.0"
