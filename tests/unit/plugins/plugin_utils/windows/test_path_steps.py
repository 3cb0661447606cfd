# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stored logins and discovery portals are replaced and removed by: right whether a removal takes one or all."""

from __future__ import annotations

import dataclasses
import typing as t
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._model import (
    Authentication,
    Digests,
    DiscoveryPortal,
    Host,
    Known,
    PersistentLogin,
    TargetPortal,
    Unknown,
)
from ansible_collections.eva.mpio.plugins.plugin_utils._plan import steps
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.actions import Announced, CannotRender
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.reader import unread
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.masking import MASK
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import PLAIN, healthy, read
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.rendered import (
    CHAP,
    CHAP_LOGIN,
    HEX,
    INSTANCE,
    IQN,
    LOGIN,
    NIC,
    PORTAL,
    SECRET,
    STARS,
    STORED,
    WHY,
    rendered,
)

OTHER_PORTAL = TargetPortal(ip_address("10.10.2.22"))
REMOVED = f"RemovePersistentTarget {INSTANCE} {IQN} 2 10.10.2.21 3260"
RIGHT = f"PersistentLoginTarget {LOGIN}"
HOST = read(healthy(), *PLAIN)


def with_logins(*logins: PersistentLogin) -> Host:
    return dataclasses.replace(HOST, logins=Known(logins))


def lines(step: steps.Step, host: Host) -> list[str]:
    """Return the lines that the tool gets, whether each has its own run or all are typed into one."""
    commands = rendered(step, host).commands
    if commands[0].typed is not None:
        [command] = commands
        return t.cast("list[str]", command.input.splitlines())
    return [command.line.removeprefix("iscsicli ") for command in commands]


# --- replacing


def test_a_login_from_another_nic_is_replaced() -> None:
    wrong = dataclasses.replace(STORED, port_number=7)
    step = steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=wrong, reason=WHY)
    assert lines(step, with_logins(wrong)) == [REMOVED.replace(" 2 ", " 7 "), RIGHT]


def test_each_of_several_equal_ones_is_removed_and_replaced() -> None:
    wrong = dataclasses.replace(STORED, multipath=False, login_flags=0)
    step = steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=wrong, reason=WHY)
    assert lines(step, with_logins(wrong, STORED, wrong)) == [REMOVED] * 3 + [RIGHT] * 3


def test_a_login_with_the_key_of_another_path_comes_back_as_it_was() -> None:
    wrong = dataclasses.replace(STORED, port_number=7)
    other = dataclasses.replace(wrong, digests=Digests(True, False))
    step = steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=wrong, reason=WHY)
    found = lines(step, with_logins(wrong, other))
    assert found[:3] == [REMOVED.replace(" 2 ", " 7 ")] * 2 + [RIGHT]
    assert (
        found[3] == f"PersistentLoginTarget {IQN} T 10.10.2.21 3260 {INSTANCE} 7 * 0x2 1 0 " + " ".join("*" * 7) + " 0"
    )
    assert len(found) == 4


def test_what_a_removal_for_any_port_takes_along_is_removed_by_name_and_stored_again() -> None:
    wrong = dataclasses.replace(STORED, port_number=None)
    others = (
        dataclasses.replace(STORED, port_number=1, target=IQN.upper()),
        dataclasses.replace(STORED, target=IQN + "2"),
        dataclasses.replace(STORED, portal=OTHER_PORTAL),
        dataclasses.replace(STORED, instance="PCI\\HBA_0"),
    )
    step = steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=wrong, reason=WHY)
    assert lines(step, with_logins(wrong, *others)) == [
        f"RemovePersistentTarget {INSTANCE} {IQN.upper()} 1 10.10.2.21 3260",
        f"RemovePersistentTarget {INSTANCE} {IQN} * 10.10.2.21 3260",
        RIGHT,
        f"PersistentLoginTarget {IQN.upper()} T 10.10.2.21 3260 {INSTANCE} 1 * 0x2 {STARS} 0",
    ]


def test_a_login_stored_again_keeps_what_it_was() -> None:
    wrong = PersistentLogin(IQN, None, None, None, False, True, None, 0)
    other = dataclasses.replace(wrong, port_number=1, instance=INSTANCE, authentication=Authentication.MUTUAL_CHAP)
    step = steps.ReplaceLogin(NIC, PORTAL, IQN, CHAP, wrong=wrong, reason=WHY)
    assert lines(step, with_logins(wrong, other)) == [
        f"RemovePersistentTarget {INSTANCE} {IQN} 1 * *",
        f"RemovePersistentTarget * {IQN} * * *",
        f"PersistentLoginTarget {CHAP_LOGIN} {HEX} 1 * 0",
        f"PersistentLoginTarget {IQN} F * * {INSTANCE} 1 * 0x0 * * * * * srv01 {HEX} 2 * 0",
    ]


def test_a_login_that_cannot_be_stored_again_is_not_taken_along() -> None:
    wrong = dataclasses.replace(STORED, port_number=None)
    other = dataclasses.replace(STORED, port_number=9, authentication=Authentication.CHAP)
    step = steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=wrong, reason=WHY)
    with pytest.raises(CannotRender, match="CHAP"):
        rendered(step, with_logins(wrong, other))


@pytest.mark.parametrize(
    "step",
    [
        steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=STORED, reason=WHY),
        steps.RenewLogin(NIC, PORTAL, IQN, reason=WHY),
        steps.ForgetLogin(NIC, PORTAL, IQN, login=STORED, reason=WHY),
        steps.RemoveLogin(STORED, reason=WHY),
    ],
    ids=lambda step: type(step).__name__,
)
def test_nothing_is_removed_while_the_others_are_unknown(step: steps.Step) -> None:
    with pytest.raises(CannotRender, match="not read"):
        rendered(step, dataclasses.replace(HOST, logins=Unknown("not read")))


# --- renewing, forgetting, removing


def test_every_login_of_a_path_is_stored_with_the_secret_of_today() -> None:
    old = dataclasses.replace(STORED, authentication=Authentication.CHAP, user="srv01")
    nameless = dataclasses.replace(old, instance=None)
    step = steps.RenewLogin(NIC, PORTAL, IQN, CHAP, reason=WHY)
    found = lines(step, with_logins(old, nameless, dataclasses.replace(old, portal=OTHER_PORTAL)))
    assert found == [REMOVED, REMOVED.replace(INSTANCE, "*")] + [f"PersistentLoginTarget {CHAP_LOGIN} {HEX} 1 * 0"] * 2
    assert lines(step, with_logins()) == [f"PersistentLoginTarget {CHAP_LOGIN} {HEX} 1 * 0"]
    assert SECRET not in rendered(step, HOST).text
    assert MASK in rendered(step, HOST).text


def test_one_of_two_equal_ones_is_forgotten() -> None:
    step = steps.ForgetLogin(NIC, PORTAL, IQN, login=STORED, reason=WHY)
    assert lines(step, with_logins(STORED)) == [REMOVED]
    assert lines(step, with_logins(STORED, STORED)) == [REMOVED, REMOVED, RIGHT]


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_as_many_as_are_wished_for_stay(keep: int) -> None:
    step = steps.RemoveLogin(STORED, keep=keep, reason=WHY)
    assert lines(step, with_logins(*[STORED] * 3)) == [REMOVED] * 3 + [RIGHT] * keep


def test_a_login_that_uses_chap_goes_without_its_secret() -> None:
    proves = dataclasses.replace(STORED, authentication=Authentication.CHAP)
    assert lines(steps.RemoveLogin(proves, reason=WHY), with_logins(proves, proves)) == [REMOVED] * 2


def test_a_removed_login_that_takes_others_along_gives_them_back() -> None:
    vague = dataclasses.replace(STORED, port_number=None, portal=None)
    kept = dataclasses.replace(STORED, authentication=Authentication.CHAP)
    found = lines(steps.RemoveLogin(vague, chap=CHAP, reason=WHY), with_logins(kept, vague))
    assert found == [
        REMOVED,
        f"RemovePersistentTarget {INSTANCE} {IQN} * * *",
        f"PersistentLoginTarget {CHAP_LOGIN} {HEX} 1 * 0",
    ]


def test_too_much_for_a_line_of_cmd_is_typed() -> None:
    found = rendered(steps.RemoveLogin(STORED, keep=20, reason=WHY), with_logins(*[STORED] * 40))
    [command] = found.commands
    assert command.line == "iscsicli"
    assert command.input.splitlines() == [REMOVED] * 40 + [RIGHT] * 20


LOGINS = st.lists(
    st.builds(
        PersistentLogin,
        target=st.sampled_from([IQN, IQN + "2"]),
        portal=st.sampled_from([PORTAL, OTHER_PORTAL, None]),
        instance=st.sampled_from([INSTANCE, None]),
        port_number=st.sampled_from([1, 2, None]),
        multipath=st.just(True),
        informational=st.just(False),
        authentication=st.none(),
        login_flags=st.just(2),
    ),
    min_size=1,
    max_size=6,
)


def reaches(words: list[str], login: PersistentLogin, *, all_portals: bool) -> bool:
    """What a removal matches: ``*`` is any port, any instance and, if Windows has it so, any portal."""
    instance, target, port, address = words[1:5]
    portal = "*" if login.portal is None else str(login.portal.address)
    return (
        target == login.target
        and instance in ("*", login.instance)
        and port in ("*", str(login.port_number))
        and (address == portal or (address == "*" and all_portals))
    )


def carried_out(
    found: list[str], stored: list[PersistentLogin], *, all_at_once: bool, all_portals: bool
) -> list[PersistentLogin]:
    """Return what is stored after these lines, in either way in which Windows may take a removal."""
    left = list(stored)
    for line in found:
        words = line.split()
        if words[0] == "RemovePersistentTarget":
            matching = [login for login in left if reaches(words, login, all_portals=all_portals)]
            for login in matching if all_at_once else matching[:1]:
                left.remove(login)
            continue
        _verb, target, _pnp, portal, _socket, instance, number, *_rest = words
        login = dataclasses.replace(
            STORED,
            target=target,
            portal=None if portal == "*" else TargetPortal(ip_address(portal)),
            instance=None if instance == "*" else instance,
            port_number=None if number == "*" else int(number),
        )
        left.append(login)
    return sorted(left, key=repr)


@given(stored=LOGINS, all_at_once=st.booleans(), all_portals=st.booleans(), place=st.integers(0, 5))
def test_whatever_a_removal_takes_the_same_is_left(
    stored: list[PersistentLogin], all_at_once: bool, all_portals: bool, place: int
) -> None:
    gone = stored[place % len(stored)]
    found = lines(steps.RemoveLogin(gone, reason=WHY), with_logins(*stored))
    left = carried_out(found, stored, all_at_once=all_at_once, all_portals=all_portals)
    assert left == sorted((login for login in stored if login != gone), key=repr)


@given(stored=LOGINS, all_at_once=st.booleans(), all_portals=st.booleans(), place=st.integers(0, 5))
def test_whatever_a_removal_takes_each_wrong_login_becomes_a_right_one(
    stored: list[PersistentLogin], all_at_once: bool, all_portals: bool, place: int
) -> None:
    wrong = stored[place % len(stored)]
    nameless = dataclasses.replace(STORED, instance=None)
    own = (STORED, nameless) if wrong in (STORED, nameless) else (wrong,)
    found = lines(steps.ReplaceLogin(NIC, PORTAL, IQN, wrong=wrong, reason=WHY), with_logins(*stored))
    left = carried_out(found, stored, all_at_once=all_at_once, all_portals=all_portals)
    assert left == sorted((STORED if login in own else login for login in stored), key=repr)


# --- digests


def test_digests_stand_in_their_slots() -> None:
    step = steps.Login(NIC, PORTAL, IQN, digests=Digests(True, False), reason=WHY)
    _verb, *arguments = rendered(step, HOST).commands[0].arguments
    assert len(arguments) == 18
    assert (arguments[8], arguments[9]) == ("1", "0")
    half = steps.StoreLogin(NIC, PORTAL, IQN, digests=Digests(None, True), reason=WHY)
    _verb, *arguments = rendered(half, HOST).commands[0].arguments
    assert (arguments[8], arguments[9]) == ("*", "1")


# --- discovery portals


ADDED = f"AddTargetPortal 10.10.2.21 3260 {INSTANCE} 2 *"


def test_a_discovery_portal_is_removed_as_it_was_stored() -> None:
    bound = DiscoveryPortal(PORTAL, INSTANCE, 2)
    assert lines(steps.RemoveDiscoveryPortal(bound, reason=WHY), HOST) == [
        f"RemoveTargetPortal 10.10.2.21 3260 {INSTANCE} 2"
    ]
    vague = DiscoveryPortal(PORTAL, None, None)
    assert lines(steps.RemoveDiscoveryPortal(vague, reason=WHY), HOST) == ["RemoveTargetPortal 10.10.2.21 3260 * *"]
    by_address = DiscoveryPortal(PORTAL, INSTANCE, None, NIC)
    assert lines(steps.RemoveDiscoveryPortal(by_address, reason=WHY), HOST) == [
        f"RemoveTargetPortal 10.10.2.21 3260 {INSTANCE} 2"
    ]


def test_a_discovery_portal_of_a_nic_without_a_number_is_not_removed() -> None:
    unlisted = DiscoveryPortal(PORTAL, INSTANCE, None, ip_address("10.10.9.9"))
    with pytest.raises(CannotRender, match=r"10\.10\.9\.9"):
        rendered(steps.RemoveDiscoveryPortal(unlisted, reason=WHY), HOST)


def test_a_discovery_portal_is_renewed_in_one_line() -> None:
    stored = DiscoveryPortal(PORTAL, INSTANCE.upper(), 2)
    elsewhere = DiscoveryPortal(PORTAL, INSTANCE, 1)
    host = dataclasses.replace(HOST, portals=Known((elsewhere, stored)))
    step = steps.RenewDiscoveryPortal(PORTAL, NIC, CHAP, reason=WHY)
    removed, added = lines(step, host)
    assert removed == f"RemoveTargetPortal 10.10.2.21 3260 {INSTANCE.upper()} 2"
    assert added == f"{ADDED} * * * * * * srv01 {HEX} 1"
    assert len(added.split()) == 15
    assert SECRET not in rendered(step, host).text
    none = dataclasses.replace(HOST, portals=Known(()))
    assert lines(steps.RenewDiscoveryPortal(PORTAL, NIC, reason=WHY), none) == [
        f"RemoveTargetPortal 10.10.2.21 3260 {INSTANCE} 2",
        f"{ADDED} {STARS}",
    ]


# --- rules


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        (steps.RenewLogin(NIC, PORTAL, None, reason=WHY), "the persistent logins of that path"),
        (steps.ForgetLogin(NIC, PORTAL, None, reason=WHY), "the persistent login of that path"),
        (steps.RemoveLogin(None, reason=WHY), "each persistent login"),
        (steps.RemoveDiscoveryPortal(None, reason=WHY), "each discovery portal"),
        (steps.Logout(None, None, reason=WHY), "each session that has a successor"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rules_say_what_is_missing(step: steps.Step, missing: str) -> None:
    action = rendered(step, HOST)
    assert isinstance(action, Announced)
    assert missing in action.missing


def test_before_the_initiator_was_read_a_renewal_is_announced() -> None:
    host = dataclasses.replace(unread(HOST.os), logins=Known((STORED,)))
    assert isinstance(rendered(steps.RenewLogin(NIC, PORTAL, IQN, reason=WHY), host), Announced)
