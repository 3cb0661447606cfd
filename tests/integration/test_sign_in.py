# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to sign in, by the real ansible-playbook: what it costs, and what a person reads where it fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration.playbook import Run
from ansible_collections.eva.mpio.tests.integration.stage import Stage, fleet_of, server, staged
from ansible_collections.eva.mpio.tests.lab.winrm.faults import AccessDenied
from ansible_collections.eva.mpio.tests.lab.winrm.tls import Authority
from ansible_collections.eva.mpio.tests.unit.lab.winrm.domain import required

GUIDE = Path(__file__).parents[2] / "docs/docsite/rst/guide_sign_in.rst"
READ = [{"name": "read", "eva.mpio.host_info": {}}]

WAYS: Mapping[str, Mapping[str, str]] = {
    "basic-https": {"transport": "basic", "scheme": "https"},
    "certificate-https": {"transport": "certificate", "scheme": "https"},
    "ntlm-http": {"transport": "ntlm"},
    "ntlm-https": {"transport": "ntlm", "scheme": "https"},
    "credssp-http": {"transport": "credssp"},
    "credssp-https": {"transport": "credssp", "scheme": "https"},
}
BY_TICKET: Mapping[str, Mapping[str, str]] = {
    "kerberos-http": {"transport": "kerberos"},
    "kerberos-https": {"transport": "kerberos", "scheme": "https"},
    "ticket-http": {"transport": "kerberos"},
}
"""The last one finds the ticket that its user already has."""
OWN_TICKET = {"ticket-http": {"ansible_winrm_kinit_mode": "manual", "ansible_password": ""}}

REQUESTS = {
    "basic-https": 0,
    "certificate-https": 0,
    "ntlm-http": 3,
    "ntlm-https": 2,
    "credssp-http": 6,
    "credssp-https": 5,
    "kerberos-http": 1,
    "kerberos-https": 0,
    "ticket-http": 1,
}
"""What a task sends before its first message: where it can sign in with that message, none."""

SCHEMES = {
    "basic": "Basic",
    "certificate": "Certificate",
    "ntlm": "NTLM",
    "credssp": "CredSSP",
    "kerberos": "Kerberos",
    "ticket": "Kerberos",
}
"""What the lab notes for a way."""

REFUSED = r"the host refused the credentials .* Check ansible_user, ansible_password and ansible_winrm_transport"


@dataclass(frozen=True)
class Story:
    """Servers that differ in how they are signed in to, and a run that reads them all."""

    stage: Stage
    run: Run
    ended: int
    """The number of the run's last event."""
    tickets: Mapping[str, str]
    """The environment in which a ticket is found."""

    def again(self, changes: Mapping[str, Any], **environment: str) -> Run:
        """Read some servers again with other variables."""
        limit = ",".join(changes)
        variables = {**self.tickets, **environment}
        return self.stage.play(READ, "--limit", limit, changes=changes, environment=variables)


def story_of(directory: Path, ways: Mapping[str, Mapping[str, str]]) -> Iterator[Story]:
    hosts = [server(name, number, winrm=dict(way)) for number, (name, way) in enumerate(ways.items(), start=1)]
    with staged(fleet_of(*hosts), directory) as stage:
        domain, user = stage.fleet.access.domain, "Administrator"
        tickets = {} if domain is None else domain.ticket(user, directory / "tickets")
        changes = {name: more for name, more in OWN_TICKET.items() if name in ways}
        run = stage.play(READ, changes=changes, environment=tickets)
        yield Story(stage, run, stage.now, tickets)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    yield from story_of(tmp_path_factory.mktemp("ways"), WAYS)


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    required()
    yield from story_of(tmp_path_factory.mktemp("tickets"), BY_TICKET)


def signed_in(story: Story, name: str) -> None:
    """Fail unless a server was read by its own scheme, sealed over HTTP, with the requests that are documented."""
    assert story.run.ok(name)["changed"] is False
    events = [event for event in story.stage.events(name, "request") if event.number <= story.ended]
    requests = [event.facts for event in events]
    assert {facts["scheme"] for facts in requests if facts["status"] == 200} == {SCHEMES[name.partition("-")[0]]}
    assert sum(facts["action"] == "SignIn" for facts in requests) == REQUESTS[name]
    # Nothing but sealed messages is taken: a message in clear would have been refused.
    assert story.stage.fleet.winrm(name).policy.allow_unencrypted is False


@pytest.mark.parametrize("name", WAYS)
def test_reads_a_server(story: Story, name: str) -> None:
    signed_in(story, name)


@pytest.mark.parametrize("name", BY_TICKET)
def test_reads_a_server_by_kerberos(domain: Story, name: str) -> None:
    signed_in(domain, name)


def provisioned(story: Story, *names: str) -> None:
    """Fail unless servers come to redundancy in one task, through the restart, which ends every sealed session."""
    limit, stage = ",".join(names), story.stage
    layout = {"arrays": "{{ multipath_arrays }}", "nics": "{{ multipath_nics }}", "reboot": True}
    run = stage.play([{"name": "host", "eva.mpio.host": layout}], "--limit", limit, environment=story.tickets)
    for name in names:
        result = run.ok(name)
        assert (result["state"], result["rebooted"]) == ("converged", True)
        stage.is_redundant(name)


def test_through_a_restart(story: Story) -> None:
    provisioned(story, "certificate-https", "credssp-http")


def test_through_a_restart_by_kerberos(domain: Story) -> None:
    provisioned(domain, "kerberos-http")


def test_wrong_password(story: Story) -> None:
    names = [name for name in WAYS if not name.startswith("certificate")]
    run = story.again({name: {"ansible_password": "Wr0ng-Passw0rd"} for name in names})
    for name in names:
        result = run.of(name)
        assert result.status == "unreachable"
        assert re.search(REFUSED, result.message), result.message
        if name.startswith("credssp"):
            assert "0x8009030c" in result.message  # SEC_E_LOGON_DENIED
    assert "Wr0ng-Passw0rd" not in run.output


def test_way_that_the_server_does_not_offer(story: Story) -> None:
    changes = {"ntlm-http": {"ansible_winrm_transport": "basic"}, "ntlm-https": {"ansible_winrm_transport": "credssp"}}
    run = story.again(changes)
    for name, sentence in (("ntlm-http", REFUSED), ("ntlm-https", "CredSSP being an available authentication method")):
        assert run.of(name).status == "unreachable"
        assert re.search(sentence, run.of(name).message), run.of(name).message


@pytest.fixture
def stranger() -> Iterator[Authority]:
    authority = Authority()
    yield authority
    authority.close()


def test_wrong_certificate(story: Story, stranger: Authority) -> None:
    """Of nobody that the server knows; of nobody whom it trusts; and none at all."""
    name = "certificate-https"
    known = story.stage.fleet.endpoints.authority
    cases = {
        known.client_certificate("mallory@localhost"): REFUSED,
        stranger.client_certificate("administrator@localhost"): "no TLS connection .*unknown ca",
        (Path("/nowhere.pem"), Path("/nowhere.pem")): r"cert_pem file not found \(/nowhere.pem\)",
    }
    for (certificate, key), sentence in cases.items():
        files = {"ansible_winrm_cert_pem": str(certificate), "ansible_winrm_cert_key_pem": str(key)}
        result = story.again({name: files}).of(name)
        assert result.status == "unreachable"
        assert re.search(sentence, result.message), result.message


def test_certificate_whose_account_has_another_password_now(story: Story) -> None:
    name = "certificate-https"
    service = story.stage.fleet.winrm(name)
    before = service.policy
    stale = tuple(replace(entry, password="as it was") for entry in before.certificates)
    service.policy = replace(before, certificates=stale)
    try:
        result = story.again({name: {}}).of(name)
    finally:
        service.policy = before
    assert result.status == "unreachable"
    assert "impersonation token" in result.message
    assert "Its mapping there holds another password than the account has now" in result.message


def test_wrong_password_of_the_domain(domain: Story) -> None:
    result = domain.again({"kerberos-http": {"ansible_password": "Wr0ng-Passw0rd"}}).of("kerberos-http")
    assert result.status == "unreachable"
    assert re.search(r"Kerberos auth failure for principal .*Password incorrect", result.message), result.message


def test_no_ticket(domain: Story, tmp_path: Path) -> None:
    run = domain.again(OWN_TICKET, KRB5CCNAME=f"FILE:{tmp_path / 'none'}")
    result = run.of("ticket-http")
    assert result.status == "unreachable"
    assert "Check ansible_winrm_transport, the tickets or credentials" in result.message


def test_ticket_for_another_server(domain: Story) -> None:
    """As where the name in the inventory leads to another host than the address."""
    access = domain.stage.fleet.access.domain
    assert access is not None
    other = {"ansible_winrm_kerberos_hostname_override": access.host_name("kerberos-https")}
    result = domain.again({"kerberos-http": other}).of("kerberos-http")
    assert result.status == "unreachable"
    assert re.search(REFUSED, result.message), result.message


@pytest.fixture(scope="module")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    hosts = (
        server("ancient", 1, winrm={"scheme": "https", "tls": "1.0"}),
        server("filtered", 2, elevated=False),
        server("denied", 3),
    )
    with staged(fleet_of(*hosts), tmp_path_factory.mktemp("trouble")) as stage:
        stage.fleet.winrm("denied").faults.on(AccessDenied)
        yield stage


def test_tls_that_is_too_old(trouble: Stage) -> None:
    result = trouble.play(READ, "--limit", "ancient").of("ancient")
    assert result.status == "unreachable"
    assert re.search(r"no TLS connection .*(protocol version|unsupported protocol)", result.message), result.message
    assert "TLS 1.0" in result.message
    assert "the way in is HTTP with encrypted messages: ansible_winrm_scheme: http" in result.message


def test_filtered_token_is_named_once_with_its_remedy(trouble: Stage) -> None:
    layout = {"arrays": "{{ multipath_arrays }}", "nics": "{{ multipath_nics }}"}
    run = trouble.play([{"name": "host", "eva.mpio.host": layout}], "--limit", "filtered,denied")
    for name, sentence in (("filtered", r"\(740\).*filter"), ("denied", r"access was denied.*filter")):
        result = run.of(name)
        assert result.status == "failed"
        assert re.search(sentence, result.message), result.message
        assert result.message.count("LocalAccountTokenFilterPolicy=1") == 1, result.message


def test_the_guide_is_right() -> None:
    """The table of the guide repeats the requests that were counted above."""
    rows = re.findall(r"\* - ``(\w+)``\n +- (HTTPS?)\n +- (\d+)\n", GUIDE.read_text(encoding="utf-8"))
    told = {f"{transport}-{scheme.lower()}": int(number) for transport, scheme, number in rows}
    assert told == {name: number for name, number in REQUESTS.items() if not name.startswith("ticket")}
