# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the initiator does at boot and whom it asks: services, iSNS servers, volumes."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import WantedInitiator
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, initiator
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.reading import arguments, raised


def read_initiator(**given: object) -> WantedInitiator:
    faults = Faults()
    wanted = initiator(arguments(**given), faults)
    faults.check()
    return wanted


def test_by_default_nothing_is_managed() -> None:
    assert read_initiator() == WantedInitiator()


@pytest.mark.parametrize("option", ["rename_despite_sessions", "bind_volumes", "cluster_disks_offline"])
def test_switches(option: str) -> None:
    assert read_initiator(**{option: True}) == WantedInitiator(**{option: True})


def test_services_are_named_once_in_any_spelling() -> None:
    names = ["MSSQLSERVER", "mssqlserver", "MSSQL$DB1", "Service Name", "sp\u00e4t"]
    wanted = read_initiator(dependent_services=names)
    assert wanted.dependent_services == ("MSSQLSERVER", "MSSQL$DB1", "Service Name", "sp\u00e4t")


@pytest.mark.parametrize(
    "name", ["", " ", " a", "a ", "+group", 'a"b', "a'b", "a%b", "a/b", "a\\b", "a\nb", "a\x00", "a\x85", "x" * 257]
)
def test_names_that_no_service_has(name: str) -> None:
    faults = Faults()
    initiator(arguments(dependent_services=["LanmanServer", name]), faults)
    (fault,) = raised(faults)
    assert fault.startswith(f"dependent_services[1]: {name!r} is no name of a service")


def test_the_initiators_service_does_not_wait_for_itself() -> None:
    faults = Faults()
    initiator(arguments(dependent_services=["msiscsi", "{{ service }}"]), faults)
    assert raised(faults) == (
        "dependent_services[0]: msiscsi is the initiator's own service and cannot wait for itself",
        "dependent_services[1]: '{{ service }}' is a template that was not filled in",
    )


def test_isns_servers() -> None:
    assert read_initiator(isns_servers=[]).isns_servers == ()
    names = ["isns.example.com", "ISNS.example.com", "10.10.1.5", "fd00::5", "isns_2"]
    assert read_initiator(isns_servers=names).isns_servers == ("isns.example.com", "10.10.1.5", "fd00::5", "isns_2")


@pytest.mark.parametrize(
    "name", ["", "a b", "10.10.1.256", "0.0.0.0", "224.0.0.1", "-a", "a..b", "x" * 64, 'a"', "fd00::1%2"]
)
def test_names_that_no_server_has(name: str) -> None:
    faults = Faults()
    initiator(arguments(isns_servers=[name, "{{ isns }}"]), faults)
    assert raised(faults) == (
        f"isns_servers[0]: {name!r} is neither an IP address nor a DNS name",
        "isns_servers[1]: '{{ isns }}' is a template that was not filled in",
    )
