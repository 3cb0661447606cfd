# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of iscsicli that the steps of discovery portals and paths come down to. Private to the collection.

RemovePersistentTarget names a stored login by instance, target, port number and portal. It cannot name one of several
with the same key, and whether it then removes one of them or all is documented nowhere; ``*`` for a port means all
ports (SDK sample ISCSICLI.C), and whether ``*`` for a portal means all portals is not known. So every login that a
removal may reach is removed by its own key, as often as it is there, and what has to stay is stored again in the same
command line: that is right in each case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._model import Address, Chap, DiscoveryPortal, Host, PersistentLogin, Unknown, same_name
from .._plan import steps
from . import iscsicli
from .actions import CannotRender, DraftWord, Later
from .iscsicli import Endpoint, Line


def login(step: steps.PathStep, host: Host) -> list[Line]:
    """Make the session of a path."""
    return [_login("LoginTarget", step, host)]


def store(step: steps.PathStep, host: Host) -> list[Line]:
    """Store the login of a path."""
    return [_login("PersistentLoginTarget", step, host)]


def replace(step: steps.ReplaceLogin, host: Host) -> list[Line]:
    """Replace a wrong stored login, and those that equal it, by right ones.

    Raises:
        CannotRender: stored logins cannot be read, or one that has to be stored again needs credentials.
    """
    if step.wrong is None:
        return [("RemovePersistentTarget", Later("the wrong persistent login")), *store(step, host)]
    wrong, stored = step.wrong, _stored(host)
    if _is_of(step, wrong, host):
        doomed = [item for item in stored if _is_of(step, item, host)]
    else:
        doomed = [item for item in stored if item == wrong]
    return _exchange(doomed or [wrong], store(step, host) * max(1, len(doomed)), stored, step.chap)


def renew(step: steps.RenewLogin, host: Host) -> list[Line]:
    """Store every login of a path again, at least one.

    Raises:
        CannotRender: as above.
    """
    if step.target is None:
        return [("RemovePersistentTarget", Later("the persistent logins of that path")), *store(step, host)]
    stored = _stored(host)
    old = [item for item in stored if _is_of(step, item, host)]
    return _exchange(old, store(step, host) * max(1, len(old)), stored, step.chap)


def forget(step: steps.ForgetLogin, host: Host) -> list[Line]:
    """Remove one stored login.

    Raises:
        CannotRender: as above.
    """
    if step.login is None:
        return [("RemovePersistentTarget", Later("the persistent login of that path"))]
    return _exchange([step.login], [], _stored(host), step.chap)


def remove(step: steps.RemoveLogin, host: Host) -> list[Line]:
    """Remove a stored login with all that have its key, but for those that are to stay.

    Raises:
        CannotRender: as above.
    """
    if step.login is None:
        return [("RemovePersistentTarget", Later("each persistent login that is found then"))]
    stored = _stored(host)
    doomed = [item for item in stored if _key(item) == _key(step.login)] or [step.login]
    again = [iscsicli.store_again(step.login, step.chap) for _copy in range(step.keep)]
    return _exchange(doomed, again, stored, step.chap)


def add_portal(step: steps.AddDiscoveryPortal, host: Host) -> list[Line]:
    """Return the line that stores a discovery portal."""
    return [iscsicli.add_portal(step.portal, endpoint(host, step.nic), step.chap)]


def renew_portal(step: steps.RenewDiscoveryPortal, host: Host) -> list[Line]:
    """Remove a discovery portal and store it again.

    Raises:
        CannotRender: the NIC has no port number by which the tool could name it.
    """
    here = endpoint(host, step.nic)
    known = () if isinstance(host.portals, Unknown) else host.portals.value
    old = [item for item in known if item.portal == step.portal and _bound_to(item, step.nic, host)]
    removed = [iscsicli.remove_portal(item.portal, _ends(item, host)) for item in old]
    return [*(removed or [iscsicli.remove_portal(step.portal, here)]), *add_portal(step, host)]


def remove_portal(step: steps.RemoveDiscoveryPortal, host: Host) -> list[Line]:
    """Return the line that removes a discovery portal.

    Raises:
        CannotRender: as above.
    """
    if step.item is None:
        return [("RemoveTargetPortal", Later("each discovery portal that is found then"))]
    return [iscsicli.remove_portal(step.item.portal, _ends(step.item, host))]


def endpoint(host: Host, nic: Address) -> Endpoint:
    """Return the initiator's names for a NIC now; its number may have changed since the last run."""
    port: DraftWord = Later(f"port of {nic}")
    instance: DraftWord = Later("instance of the initiator")
    if not isinstance(host.initiator, Unknown):
        number = host.initiator.value.number_of(nic)
        port = port if number is None else str(number)
        instance = host.initiator.value.instance or instance
    return Endpoint(instance, port)


def _login(verb: str, step: steps.PathStep, host: Host) -> Line:
    target: DraftWord = step.target or Later(f"each target found at {step.portal}")
    return iscsicli.login(verb, target, step.portal, endpoint(host, step.nic), step.chap, step.digests)


def _ends(item: DiscoveryPortal, host: Host) -> Endpoint:
    """Return how the tool names what a stored discovery portal is bound to; both must be as they were stored."""
    number = item.port_number
    if item.nic is not None:
        number = None if isinstance(host.initiator, Unknown) else host.initiator.value.number_of(item.nic)
        if number is None:
            raise CannotRender(
                f"The discovery portal {item.portal} is bound to {item.nic}, whose port number Windows does not tell, "
                "and iscsicli removes it by that number only: remove it in the iSCSI control panel of this host."
            )
    return Endpoint(item.instance or iscsicli.NOT_GIVEN, iscsicli.NOT_GIVEN if number is None else str(number))


def _bound_to(item: DiscoveryPortal, nic: Address, host: Host) -> bool:
    if item.nic is not None:
        return item.nic == nic
    if item.port_number is None or isinstance(host.initiator, Unknown):
        return False
    return item.port_number == host.initiator.value.number_of(nic)


def _stored(host: Host) -> Sequence[PersistentLogin]:
    if isinstance(host.logins, Unknown):
        raise CannotRender(
            f"A persistent login can only be replaced or removed while they can be read: {host.logins.reason}."
        )
    return host.logins.value


def _is_of(step: steps.PathStep, item: PersistentLogin, host: Host) -> bool:
    """Tell whether a stored login has the key of a path."""
    here = endpoint(host, step.nic)
    return (
        step.target is not None
        and same_name(item.target, step.target)
        and item.portal == step.portal
        and str(item.port_number) == here.port
        and (item.instance is None or item.instance.casefold() == str(here.instance).casefold())
    )


def _key(item: PersistentLogin) -> tuple[object, ...]:
    return (item.instance or "").casefold(), item.target.casefold(), item.port_number, item.portal


def _reaches(removed: PersistentLogin, item: PersistentLogin) -> bool:
    """Tell whether the removal of one login may take another along: what it leaves open fits everything."""
    return (
        same_name(removed.target, item.target)
        and removed.port_number in (None, item.port_number)
        and removed.portal in (None, item.portal)
        and (removed.instance is None or removed.instance.casefold() == (item.instance or "").casefold())
    )


def _exchange(
    doomed: Sequence[PersistentLogin], new: Iterable[Line], stored: Sequence[PersistentLogin], chap: Chap | None
) -> list[Line]:
    """Remove logins and store new ones, and again what the removals may take along.

    Those with an exact key go first: afterwards a removal that leaves something open finds those alone that it means.
    """
    reached = [item for item in stored if any(_reaches(one, item) for one in doomed)]
    stay = list(reached)
    for one in doomed:
        if one in stay:
            stay.remove(one)
        else:
            reached.append(one)
    return [
        *(iscsicli.remove_login(item) for item in sorted(reached, key=_openness)),
        *new,
        *(iscsicli.store_again(item, chap) for item in stay),
    ]


def _openness(item: PersistentLogin) -> int:
    return sum(part is None for part in (item.port_number, item.portal, item.instance))
