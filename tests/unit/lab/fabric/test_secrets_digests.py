# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that change at the array, and digests that it agrees to or not."""

from __future__ import annotations

import asyncio

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.crc32c import crc32c
from ansible_collections.eva.mpio.tests.lab.fabric.interface import (
    EVERY_DIGEST,
    NO_DIGESTS,
    Chap,
    Digests,
    InitiatorSide,
    LoginRejected,
    PortalAddress,
    Unreachable,
)
from ansible_collections.eva.mpio.tests.lab.fabric.pdu import FINAL, Opcode, Pdu, ProtocolError, read_pdu

from .conftest import ARRAY_SECRET, HOST, SECRET, Lab

PORTAL = PortalAddress("10.10.1.21")
OTHER_SECRET = Chap("host1", b"initiator-34")


def proving(one_way: Chap | None, mutual: Chap | None = None) -> InitiatorSide:
    return InitiatorSide(HOST, "10.10.1.11", one_way, mutual)


def test_a_changed_secret_ends_no_session_and_refuses_the_next_login(lab: Lab) -> None:
    lab.array.set_chap(HOST, SECRET)
    standing = lab.login(side=proving(SECRET))
    lab.array.set_chap(HOST, OTHER_SECRET)
    assert standing.alive
    assert standing.logical_units()
    for ask in (
        lambda: lab.login(side=proving(SECRET), number=2),
        lambda: lab.fabric.discover(proving(SECRET), PORTAL),
    ):
        with pytest.raises(LoginRejected) as caught:
            ask()
        assert (caught.value.status_class, caught.value.status_detail) == (2, 1)
    assert lab.login(side=proving(OTHER_SECRET), number=2).alive
    assert standing.alive


@pytest.mark.parametrize(
    ("demanded", "side"),
    [
        ((None, None), proving(None)),
        ((None, None), proving(SECRET)),
        ((None, None), proving(SECRET, ARRAY_SECRET)),
        ((SECRET, None), proving(None)),
        ((SECRET, None), proving(SECRET)),
        ((SECRET, None), proving(OTHER_SECRET)),
        ((SECRET, None), proving(SECRET, ARRAY_SECRET)),
        ((SECRET, ARRAY_SECRET), proving(SECRET)),
        ((SECRET, ARRAY_SECRET), proving(SECRET, ARRAY_SECRET)),
        ((SECRET, ARRAY_SECRET), proving(SECRET, Chap("", b"something else"))),
    ],
)
def test_what_is_said_to_be_accepted_is_what_a_login_shows(
    lab: Lab, demanded: tuple[Chap | None, Chap | None], side: InitiatorSide
) -> None:
    lab.array.set_chap(HOST, *demanded)
    before = lab.log.last
    said = lab.fabric.accepts(side, PORTAL)
    assert lab.log.last == before, "nothing is sent"
    try:
        lab.login(side=side)
    except Exception:
        let_in = False
    else:
        let_in = True
    assert said == let_in


def test_a_portal_that_nobody_has_refuses_no_secret(lab: Lab) -> None:
    assert lab.fabric.accepts(proving(SECRET, ARRAY_SECRET), PortalAddress("10.10.9.9"))


@pytest.mark.parametrize(
    ("one_way", "mutual", "why"),
    [
        (Chap("host1", b""), None, "1 to 100"),
        (Chap("host1", b"x" * 101), None, "1 to 100"),
        (SECRET, Chap("eva01", SECRET.secret), "may not be equal"),
        (None, ARRAY_SECRET, "needs one-way"),
    ],
)
def test_secrets_that_the_array_does_not_take(lab: Lab, one_way: Chap | None, mutual: Chap | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        lab.array.set_chap(HOST, one_way, mutual)
    assert lab.login().alive


def test_an_array_that_learns_takes_a_secret_after_the_first_login(lab: Lab) -> None:
    lab.array.learns_initiators = True
    with pytest.raises(ValueError, match="first login without CHAP"):
        lab.array.set_chap(HOST, SECRET)
    lab.login()
    lab.array.set_chap(HOST, SECRET)
    with pytest.raises(LoginRejected):
        lab.login(number=2)
    assert lab.login(side=proving(SECRET), number=3).alive


@pytest.mark.parametrize("offered", [EVERY_DIGEST, Digests(header=True), Digests(data=True), NO_DIGESTS])
@pytest.mark.parametrize("taken", [EVERY_DIGEST, Digests(header=True), NO_DIGESTS])
def test_a_digest_is_used_when_both_sides_have_it(lab: Lab, offered: Digests, taken: Digests) -> None:
    lab.array.digests = taken
    session = lab.login(side=InitiatorSide(HOST, "10.10.1.11", digests=offered))
    assert session.digests == Digests(offered.header and taken.header, offered.data and taken.data)


def test_a_digest_that_is_required_and_not_there_fails_the_negotiation(lab: Lab) -> None:
    lab.array.digests = Digests(data=True)
    with pytest.raises(LoginRejected) as caught:
        lab.login(side=InitiatorSide(HOST, "10.10.1.11", digests=EVERY_DIGEST, digests_required=True))
    assert (caught.value.status_class, caught.value.status_detail) == (2, 0)
    assert not list(lab.array.sessions)
    assert lab.log.since(kind="login-failed")[-1].facts["status"] == "0200"


@pytest.mark.parametrize("agreed", [EVERY_DIGEST, Digests(header=True), Digests(data=True), NO_DIGESTS])
def test_blocks_come_back_under_every_digest(lab: Lab, agreed: Digests) -> None:
    session = lab.login(side=InitiatorSide(HOST, "10.10.1.11", digests=agreed))
    assert session.digests == agreed
    blocks = bytes(range(256)) * 2 * 40
    session.write(1, 7, blocks)
    assert session.read(1, 7, 40) == blocks
    session.logout()
    assert lab.kinds()[-1] == "logout"


@pytest.mark.parametrize("digests", [Digests(header=True), Digests(data=True)])
def test_a_wrong_digest_is_noticed(digests: Digests) -> None:
    pdu = Pdu(Opcode.NOP_OUT, FINAL, 7, b"hello")

    async def read(wire: bytes) -> bytes:
        reader = asyncio.StreamReader()
        reader.feed_data(wire)
        reader.feed_eof()
        return (await read_pdu(reader, digests)).data

    wire = pdu.encode(digests)
    assert len(wire) == 48 + 8 + 4
    assert asyncio.run(read(wire)) == b"hello"
    for place in range(0 if digests.header else 48, 52 if digests.header else 60):
        damaged = bytearray(wire)
        damaged[place] ^= 0x10
        if place not in range(4, 8):  # another length is another PDU
            with pytest.raises(ProtocolError):
                asyncio.run(read(bytes(damaged)))


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (bytes(32), "aa36918a"),
        (b"\xff" * 32, "43aba862"),
        (bytes(range(32)), "4e79dd46"),
        (bytes(reversed(range(32))), "5cdb3f11"),
    ],
)
def test_the_digests_of_the_standards_examples(data: bytes, digest: str) -> None:
    """RFC 7143, B.4."""
    assert crc32c(data).hex() == digest


def test_silence_and_refusal_are_told_apart(lab: Lab) -> None:
    def silent(portal: PortalAddress) -> bool:
        with pytest.raises(Unreachable) as caught:
            lab.fabric.discover(lab.side, portal)
        return caught.value.silent

    assert silent(PortalAddress("10.10.1.99"))
    assert not silent(PortalAddress("10.10.1.21", 3261))
    lab.network.cut("10.10.1.11", "10.10.1.21")
    assert silent(PORTAL)
    lab.network.mend("10.10.1.11", "10.10.1.21")
    lab.port.kill()
    assert not silent(PORTAL)
