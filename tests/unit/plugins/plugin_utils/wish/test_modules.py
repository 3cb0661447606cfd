# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which wish the arguments of a module are."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._plan.desired import (
    Desired,
    Layout,
    Purge,
    Surplus,
    WantedInitiator,
    WantedPaths,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, layout, read_arguments
from ansible_collections.eva.mpio.tests.unit import contract

ARRAY: dict[str, t.Any] = {"name": "eva01", "model": "P6300", "portals": ["10.10.1.21"]}
CHAP = {**ARRAY, "chap_user": "u", "chap_secret": "s" * 12}
STALE = Purge(frozenset({Surplus.STALE}), 3)


def desired(module: str, **given: t.Any) -> Desired:
    """Return what the module wishes for, and refuse arguments that it would refuse."""
    action = contract.action_module(module)
    faults = Faults()
    arguments = read_arguments(action.ARGUMENT_SPEC, {"arrays": [ARRAY], "nics": ["10.10.1.11"], **given}, faults)
    wish: Desired = object.__new__(action.ActionModule).wish(arguments, faults)
    faults.check()
    return wish


def wanted_layout(**given: t.Any) -> Layout:
    spec = contract.action_module("verify").ARGUMENT_SPEC
    return layout(read_arguments(spec, {"arrays": [ARRAY], "nics": ["10.10.1.11"], **given}, Faults()), Faults())


def test_session() -> None:
    plain = Desired(layout=wanted_layout(), paths=WantedPaths())
    assert desired("session") == plain
    assert desired("session", state="absent", minimum_paths=1) == Desired(
        layout=wanted_layout(), paths=WantedPaths(1), absent=True
    )
    assert desired("session", sessions_per_path=2, purge=["stale"], purge_limit=3) == Desired(
        layout=wanted_layout(), paths=WantedPaths(sessions_per_path=2), purge=STALE
    )


def test_portal() -> None:
    assert desired("portal") == Desired(layout=wanted_layout(), portals=True)
    assert desired("portal", state="absent") == Desired(layout=wanted_layout(), portals=True, absent=True)
    assert desired("portal", purge=["stale"], purge_limit=3) == Desired(
        layout=wanted_layout(), portals=True, purge=STALE
    )


@pytest.mark.parametrize("module", ["session", "portal", "host"])
def test_secrets_are_renewed_where_an_array_has_one(module: str) -> None:
    assert desired(module, arrays=[CHAP], update_password="always").renew_secrets
    assert not desired(module, arrays=[CHAP]).renew_secrets
    assert not desired(module, update_password="always").renew_secrets


def test_host() -> None:
    wish = desired(
        "host",
        rename_despite_sessions=True,
        isns_servers=[],
        bind_volumes=True,
        dependent_services=["MSSQLSERVER"],
        cluster_disks_offline=True,
        purge=["stale"],
        purge_limit=3,
        sessions_per_path=2,
        minimum_paths=2,
    )
    assert wish.initiator == WantedInitiator(
        rename_despite_sessions=True,
        isns_servers=(),
        bind_volumes=True,
        dependent_services=("MSSQLSERVER",),
        cluster_disks_offline=True,
    )
    assert (wish.paths, wish.purge, wish.absent) == (WantedPaths(2, 2), STALE, False)


def test_by_default_nothing_is_removed() -> None:
    for module in ("session", "portal", "host"):
        wish = desired(module)
        assert (wish.purge, wish.absent, wish.renew_secrets) == (None, False, False)
