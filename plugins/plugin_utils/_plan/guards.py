# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a restart would hit, which refuses it: people with a desktop, cluster groups. Private to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterator

from .._model import NOT_READ, Host, Unknown

USERS = "users"
CLUSTER = "cluster"
GUARDS: t.Final = frozenset({USERS, CLUSTER})
"""The guards, each named as the part of the host (:data:`_model.PARTS`) that it looks at."""


def objections(host: Host, despite: Collection[str] = ()) -> Iterator[str]:
    """Say why Windows must not be restarted now, one clause for each guard that objects.

    What nobody has asked for yet objects to nothing; what could not be read does.

    Args:
        host: What was read.
        despite: Guards that do not count.
    """
    if USERS not in despite and host.users != NOT_READ:
        yield from _users(host)
    if CLUSTER not in despite and host.cluster != NOT_READ:
        yield from _cluster(host)


def _users(host: Host) -> Iterator[str]:
    if isinstance(host.users, Unknown):
        yield f"it is not known who is logged on: {host.users.reason}; {_accept(USERS)}"
    elif host.users.value:
        names = ", ".join(sorted(host.users.value))
        yield f"these users have a desktop open on this host: {names}; have them log off, or {_accept(USERS)}"


def _cluster(host: Host) -> Iterator[str]:
    if isinstance(host.cluster, Unknown):
        yield f"it is not known whether this host is a node of a cluster: {host.cluster.reason}; {_accept(CLUSTER)}"
        return
    groups = host.cluster.value.groups
    if isinstance(groups, Unknown):
        yield (
            f"this host is a node of a failover cluster and the groups that it owns are not known: {groups.reason};"
            f" {_accept(CLUSTER)}"
        )
    elif groups.value:
        names = ", ".join(sorted(groups.value))
        yield (
            f"this host owns groups of its failover cluster: {names}; move them to another node, or {_accept(CLUSTER)}"
        )


def _accept(guard: str) -> str:
    return f"accept it with reboot_despite: [{guard}]"
