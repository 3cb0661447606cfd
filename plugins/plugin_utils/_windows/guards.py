# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a restart would hit: people with a desktop, a failover cluster. Private to the collection."""

from __future__ import annotations

import typing as t

from .._model import Cluster, Known, Part, Unknown
from .._wire.instance import Instance
from . import classes
from .reading import Reading, Unreadable, first_known
from .system import CLUSTER_SERVICE, service_of

_DESKTOP: t.Final = "explorer.exe"
"""The shell of every desktop; Server Core has none, so nobody is seen there."""


def read_users(reading: Reading) -> Part[tuple[str, ...]]:
    """Read who has a desktop open: one request for the processes and one for the owner of each."""
    return first_known(lambda: Known(_users(reading)))


def _users(reading: Reading) -> tuple[str, ...]:
    desktops = reading.instances(classes.PROCESS, f"Name='{_DESKTOP}'")
    return tuple(dict.fromkeys(_owner(reading, desktop.text("Handle") or "") for desktop in desktops))


def _owner(reading: Reading, process: str) -> str:
    """Return the owner of a desktop; one whose name Windows does not tell is still somebody."""
    nobody = f"somebody (owner of process {process})"
    try:
        owner = reading.call(classes.PROCESS, "GetOwner", classes.OWNER, {"Handle": process})
    except Unreadable:
        return nobody
    user, domain = owner.text("User"), owner.text("Domain")
    return nobody if user is None else f"{domain}\\{user}" if domain else user


def read_cluster(reading: Reading) -> Part[Cluster]:
    """Read whether the cluster service runs, and which groups this node owns if it does."""
    return first_known(lambda: Known(_cluster(reading)))


def _cluster(reading: Reading) -> Cluster:
    service = service_of(reading, CLUSTER_SERVICE)
    # A service that is just starting, or stopping, may own groups as well.
    if not service.installed or service.state == "Stopped":
        return Cluster(member=False, groups=Known(()))
    return Cluster(member=True, groups=first_known(lambda: _groups(reading)))


def _groups(reading: Reading) -> Part[tuple[str, ...]]:
    groups = reading.instances(classes.CLUSTER_GROUP)
    if any(group.text("OwnerNode") is None for group in groups):
        return Unknown(
            f"the cluster service runs, and {classes.CLUSTER_GROUP.name} does not tell which groups this node owns"
        )
    return Known(tuple(_name(group) for group in groups if _is_here(group, reading.system.name)))


def _is_here(group: Instance, node: str) -> bool:
    return (group.text("OwnerNode") or "").casefold() == node.casefold()


def _name(group: Instance) -> str:
    return group.text("Name") or "a group without a name"
