# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stored logins and discovery portals ask for, and what sessions agreed on."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Authentication, Digests
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows import answers, scenario, texts
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.windows.hosts import healthy, read, value

LOGINS = "MSiSCSIInitiator_PersistentLoginClass"
PORTALS = "MSiSCSIInitiator_SendTargetPortalClass"
DRIVER = "MSiSCSI_InitiatorSessionInfo"


@pytest.fixture
def link() -> answers.FakeLink:
    return healthy()


def with_options(link: answers.FakeLink, name: str, **options: t.Any) -> None:
    first = t.cast("list[t.Any]", link.classes[name])[0]
    link.classes[name] = [{**first, "LoginOptions": {**scenario.login_options(), **options}}]


@pytest.mark.parametrize(
    ("options", "user", "digests"),
    [
        (
            {"InformationSpecified": 0xA3, "HeaderDigest": 1, "DataDigest": 0, "Username": b"srv01\0"},
            "srv01",
            (True, False),
        ),
        ({"InformationSpecified": 0x02, "HeaderDigest": 1, "DataDigest": 1, "Username": b"srv01"}, None, (None, True)),
        ({"InformationSpecified": 0x21, "HeaderDigest": 9, "DataDigest": 1, "Username": b"s\xfcd"}, None, (None, None)),
        ({"InformationSpecified": 0x20, "Username": b""}, None, (None, None)),
    ],
)
def test_user_and_digests_count_where_they_are_specified(
    link: answers.FakeLink, options: dict[str, t.Any], user: str | None, digests: tuple[bool | None, bool | None]
) -> None:
    with_options(link, LOGINS, **options)
    [login] = value(read(link, "logins").logins)
    assert (login.user, login.digests) == (user, Digests(*digests))


@pytest.mark.parametrize(
    ("specified", "kind", "expected"),
    [(0xA0, 1, Authentication.CHAP), (0, 1, Authentication.NONE), (0x80, 0, Authentication.NONE), (0x80, 9, None)],
)
def test_what_a_discovery_portal_proves(
    link: answers.FakeLink, specified: int, kind: int, expected: Authentication | None
) -> None:
    with_options(link, PORTALS, InformationSpecified=specified, AuthType=kind, Username=b"srv01")
    [portal] = value(read(link, "portals").portals)
    assert portal.authentication is expected
    assert portal.user == ("srv01" if specified & 0x20 else None)


def test_a_discovery_portal_that_does_not_tell_its_options_is_not_one_without(link: answers.FakeLink) -> None:
    first = t.cast("list[t.Any]", link.classes[PORTALS])[0]
    link.classes[PORTALS] = [{**first, "LoginOptions": None}]
    assert value(read(link, "portals").portals)[0].authentication is None


def agreed(link: answers.FakeLink, connection: dict[str, int], session: dict[str, int]) -> t.Any:
    driver = scenario.driver_sessions()
    driver["SessionsList"][0] |= session
    driver["SessionsList"][0]["ConnectionsList"][0] |= connection
    link.classes[DRIVER] = [driver]
    return value(read(link, "sessions").sessions)[0].connections[0]


TOLD = {"AuthType": 2, "HeaderIntegrity": 1, "DataIntegrity": 0}
OTHER = {"AuthType": 0, "HeaderIntegrity": 0, "DataIntegrity": 1}


@pytest.mark.parametrize(("connection", "session"), [(TOLD, {}), ({}, TOLD), (TOLD, OTHER)])
def test_what_a_session_agreed_on_stands_with_the_connection_or_the_session(
    link: answers.FakeLink, connection: dict[str, int], session: dict[str, int]
) -> None:
    found = agreed(link, connection, session)
    assert (found.authentication, found.digests) == (Authentication.MUTUAL_CHAP, Digests(True, False))


@pytest.mark.parametrize("told", [{}, {"AuthType": 7, "HeaderIntegrity": 5, "DataIntegrity": 255}])
def test_what_is_not_told_or_has_no_meaning_is_unknown(link: answers.FakeLink, told: dict[str, int]) -> None:
    found = agreed(link, told, {})
    assert (found.authentication, found.digests) == (None, Digests())


def test_without_the_driver_nothing_is_known_of_it(link: answers.FakeLink) -> None:
    link.classes[DRIVER] = answers.fault()
    found = value(read(link, "sessions").sessions)[0].connections[0]
    assert (found.authentication, found.digests) == (None, Digests())


@pytest.mark.parametrize(
    ("specified", "between", "digests"),
    [
        (0x3, ("    Header Digest        : CRC-32C", "    Data Digest          : None"), (True, False)),
        (0x6, ("    Data Digest          : CRC-32C", "    Maximum Connections  : 1"), (None, True)),
        (0x1, ("    Kopfdigest           : Keine",), (None, None)),
        (0x0, (), (None, None)),
    ],
)
def test_digests_in_the_text_of_the_tool(
    link: answers.FakeLink, specified: int, between: tuple[str, ...], digests: tuple[bool | None, bool | None]
) -> None:
    link.classes[LOGINS] = answers.fault()
    lines = texts.persistent_target(1, "10.10.1.21", specified=specified)
    place = next(index for index, line in enumerate(lines) if "Login Flags" in line)
    lines[place:place] = between
    link.tools["iscsicli ListPersistentTargets"] = answers.printed(
        *texts.BANNER, "Total of 1 peristent targets", *lines, texts.SUCCESS
    )
    [login] = value(read(link, "logins").logins)
    assert (login.digests, login.multipath) == (Digests(*digests), True)
