# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CHAP and digests of arrays: the second phase, users, leftovers of templates, when secrets are renewed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._model import Chap, Digests
from ansible_collections.eva.mpio.plugins.plugin_utils._wish import Faults, initiator, renews_secrets
from ansible_collections.eva.mpio.tests.unit.plugins.plugin_utils.wish.reading import (
    ARRAY,
    arguments,
    array_faults,
    raised,
    read,
    read_array,
)

CHAP: dict[str, t.Any] = {"chap_user": "files01", "chap_secret": "s" * 12}


def test_an_array_that_learns_at_a_login_without_chap() -> None:
    array = read_array(**CHAP, chap_after_first_login=True)
    assert (array.chap, array.chap_after_first_login) == (Chap("files01", "s" * 12), True)
    assert read_array(**CHAP).chap_after_first_login is False
    (fault,) = array_faults(chap_after_first_login=True)
    assert fault == "arrays[0] (eva01): chap_after_first_login needs chap_user and chap_secret"


@pytest.mark.parametrize(
    ("given", "digests"),
    [
        ({}, Digests()),
        ({"header_digest": True}, Digests(True, None)),
        ({"header_digest": False, "data_digest": True}, Digests(False, True)),
    ],
    ids=str,
)
def test_digests(given: dict[str, bool], digests: Digests) -> None:
    assert read_array(**given).digests == digests


@pytest.mark.parametrize("user", ["iqn.1991-05.com.microsoft:files01", "u", "{u}", "\u00fc" * 127])
def test_users(user: str) -> None:
    assert read_array(**{**CHAP, "chap_user": user}).chap == Chap(user, "s" * 12)


@pytest.mark.parametrize(
    ("user", "text"),
    [
        ("{{user}}", "chap_user '{{user}}' is a template that was not filled in"),
        ("\x00", "holds a blank, a control character or a quotation mark"),
        ("\u00fc" * 128, "chap_user has 256 bytes; iSCSI takes at most 255"),
    ],
)
def test_users_that_cannot_be(user: str, text: str) -> None:
    (fault,) = array_faults(**{**CHAP, "chap_user": user})
    assert text in fault


@pytest.mark.parametrize("secret", ["{{ secret }}", "{% if x %}y"])
def test_a_secret_is_no_leftover_of_a_template(secret: str) -> None:
    (fault,) = array_faults(chap_user="u", chap_secret=secret)
    assert fault == "arrays[0] (eva01).chap_secret: it is a template that was not filled in"
    faults = Faults()
    initiator(arguments(mutual_chap_secret=secret), faults)
    assert raised(faults) == ("mutual_chap_secret: it is a template that was not filled in",)


def test_a_secret_may_hold_braces() -> None:
    assert read_array(chap_user="u", chap_secret="ab{{cd{%ef}gh").chap == Chap("u", "ab{{cd{%ef}gh")


def test_a_short_secret_is_named_beside_the_missing_user() -> None:
    assert array_faults(chap_secret="short") == (
        "arrays[0] (eva01).chap_secret: a CHAP secret has 12 to 16 bytes with Microsoft's initiator; this one has 5",
        "arrays[0] (eva01): chap_user and chap_secret go together",
    )


@pytest.mark.parametrize(
    ("update", "chap", "renewed"),
    [("always", CHAP, True), ("on_create", CHAP, False), ("always", {}, False)],
    ids=["always", "on-create", "no-secret"],
)
def test_secrets_are_renewed_where_there_are_any(update: str, chap: dict[str, t.Any], renewed: bool) -> None:
    given = {"arrays": [{**ARRAY, **chap}], "update_password": update}
    assert renews_secrets(arguments(**given), read(**given)) is renewed
