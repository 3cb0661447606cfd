# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A target that is not ours judges the lab's initiator: our own two ends could share a wrong idea.

It is Debian's tgtd (package tgt).
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from ansible_collections.eva.mpio.tests.integration.iscsi_judges import HOST, SECRET, TARGET_SECRET, needs
from ansible_collections.eva.mpio.tests.lab.fabric import commands
from ansible_collections.eva.mpio.tests.lab.fabric.initiator import InitiatorConnection
from ansible_collections.eva.mpio.tests.lab.fabric.initiator_login import log_in
from ansible_collections.eva.mpio.tests.lab.fabric.interface import (
    AuthenticationFailed,
    Chap,
    InitiatorSide,
    LoginRejected,
)
from ansible_collections.eva.mpio.tests.lab.fabric.scsi import CheckCondition

TARGET = "iqn.2026-01.lab.judge:disk"
NAA = "6001438005df0a110000500000010000"
SOURCE = "127.0.2.9"
ISID = bytes.fromhex("400001370005")
TGT_TOOLS = ("tgtd", "tgtadm")

_T = TypeVar("_T")


class Tgtd:
    """One tgtd with one target and one disk of 4 MiB."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.portal: tuple[str, int] = ("127.0.0.1", probe.getsockname()[1])
        self.disk = directory / "disk.img"
        self.disk.write_bytes(bytes(4 * 1024 * 1024))
        # Its own control socket: the default one is the system's and needs root.
        self._environment = dict(os.environ, TGT_IPC_SOCKET=str(directory / "ipc"))
        portal = "portal={}:{}".format(*self.portal)
        command = ["tgtd", "-f", "-C", "0", "-p", str(directory / "pid"), "--iscsi", portal]
        with (directory / "log").open("wb") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def set_up(self) -> None:
        self._await_control()
        # A tgtd that cannot bind its portal goes on and listens on 0.0.0.0:3260 instead.
        assert "{}:{},1".format(*self.portal) in self.administer("portal", "show", tid=False)
        self.administer("target", "new", "-T", TARGET)
        self.administer("logicalunit", "new", "--lun", "1", "-b", str(self.disk), "--bstype", "rdwr")
        values = f"vendor_id=HP,product_id=HSV340,product_rev=1100,scsi_id={NAA},scsi_sn=PB5A8C000001"
        self.administer("logicalunit", "update", "--lun", "1", "--params", values)
        self.administer("target", "bind", "-Q", HOST)

    def administer(self, mode: str, operation: str, *arguments: str, tid: bool = True) -> str:
        command = ["tgtadm", "-C", "0", "--lld", "iscsi", "--mode", mode, "--op", operation]
        command += ["--tid", "1"] if tid else []
        done = subprocess.run(
            [*command, *arguments], env=self._environment, capture_output=True, text=True, timeout=10, check=False
        )
        assert done.returncode == 0, f"tgtadm {mode} {operation} failed: {done.stderr}"
        return done.stdout

    def add_account(self, account: Chap, *arguments: str) -> None:
        secret = account.secret.decode()
        self.administer("account", "new", "--user", account.name, "--password", secret, tid=False)
        self.administer("account", "bind", "--user", account.name, *arguments)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)  # it ignores SIGTERM while it has a target
        self._process.wait(10)

    def _await_control(self) -> None:
        command = ["tgtadm", "-C", "0", "--op", "show", "--mode", "sys"]
        deadline = time.monotonic() + 10
        while subprocess.run(command, env=self._environment, capture_output=True, timeout=10, check=False).returncode:
            assert self._process.poll() is None, "tgtd ended by itself"
            assert time.monotonic() < deadline, "tgtd does not answer tgtadm"
            time.sleep(0.01)


@pytest.fixture
def tgtd(tmp_path: Path) -> Iterator[Tgtd]:
    judge = Tgtd(tmp_path)
    try:
        judge.set_up()
        yield judge
    finally:
        judge.kill()


def with_session(
    judge: Tgtd,
    work: Callable[[InitiatorConnection], Awaitable[_T]],
    *,
    target: str | None = TARGET,
    one_way: Chap | None = None,
    mutual: Chap | None = None,
) -> _T:
    """Log in to tgtd, work, log out."""

    async def run() -> _T:
        connection = await InitiatorConnection.open(SOURCE, judge.portal, 5.0)
        await log_in(connection, InitiatorSide(HOST, SOURCE, one_way, mutual), target, ISID)
        try:
            return await work(connection)
        finally:
            await connection.log_out()

    return asyncio.run(run())


async def tsih_of(connection: InitiatorConnection) -> int:
    return connection.tsih


@needs("tgt", TGT_TOOLS)
def test_tgtd_is_discovered_and_shows_its_disk(tgtd: Tgtd) -> None:
    (found,) = with_session(tgtd, commands.send_targets, target=None)
    assert (found.name, found.portals[0].portal.tcp_port) == (TARGET, tgtd.portal[1])
    console, disk = with_session(tgtd, commands.logical_units)
    assert (console.lun, console.device_type) == (0, 0x0C)
    assert (disk.lun, disk.device_type, disk.vendor, disk.product, disk.revision) == (1, 0, "HP", "HSV340", "1100")
    assert (disk.naa, disk.serial, disk.blocks, disk.block_size) == (NAA, "PB5A8C000001", 8192, 512)


@needs("tgt", TGT_TOOLS)
def test_tgtd_sees_source_and_isid_and_stores_what_is_written(tgtd: Tgtd) -> None:
    data = bytes(range(256)) * 4 * 1024  # 1 MiB: immediate data, unsolicited data and several R2T

    async def work(connection: InitiatorConnection) -> str:
        await commands.write(connection, 1, 5, data)
        assert await commands.read(connection, 1, 5, len(data) // 512) == data
        await connection.ping()
        # TEST UNIT READY of a LUN that is not there: the session goes on
        with pytest.raises(CheckCondition):
            await commands.run(connection, 9, bytes(6))
        assert await connection.manage_task(5, 1) == 0
        assert connection.tsih
        return await asyncio.to_thread(tgtd.administer, "target", "show", tid=False)

    shown = with_session(tgtd, work)
    assert f"Initiator: {HOST}" in shown
    assert f"IP Address: {SOURCE}" in shown
    stored = tgtd.disk.read_bytes()
    assert stored[: 5 * 512] == bytes(5 * 512)
    assert stored[5 * 512 : 5 * 512 + len(data)] == data


@needs("tgt", TGT_TOOLS)
def test_tgtd_takes_and_gives_chap(tgtd: Tgtd) -> None:
    tgtd.add_account(SECRET)
    assert with_session(tgtd, tsih_of, one_way=SECRET)
    for one_way, mutual in (
        (None, None),
        (Chap("host1", b"wrong-secret"), None),
        (Chap("other", SECRET.secret), None),
        (SECRET, TARGET_SECRET),  # tgtd has no secret of its own yet
    ):
        with pytest.raises(LoginRejected) as caught:
            with_session(tgtd, tsih_of, one_way=one_way, mutual=mutual)
        assert (caught.value.status_class, caught.value.status_detail) == (2, 1)
    tgtd.add_account(TARGET_SECRET, "--outgoing")
    assert with_session(tgtd, tsih_of, one_way=SECRET, mutual=TARGET_SECRET)
    with pytest.raises(AuthenticationFailed):
        with_session(tgtd, tsih_of, one_way=SECRET, mutual=Chap("eva01", b"something-else"))


@needs("tgt", TGT_TOOLS)
def test_tgtd_refuses_logins(tgtd: Tgtd) -> None:
    with pytest.raises(LoginRejected) as caught:
        with_session(tgtd, tsih_of, target=TARGET + "x")
    assert (caught.value.status_class, caught.value.status_detail) == (2, 3)
    for name, value in (("RedirectAddress", "10.10.1.22"), ("RedirectPort", "3260"), ("RedirectReason", "Temporary")):
        tgtd.administer("target", "update", "--name", name, "--value", value)
    with pytest.raises(LoginRejected) as caught:
        with_session(tgtd, tsih_of)
    assert (caught.value.status_class, caught.value.status_detail) == (1, 1)
    assert caught.value.text.startswith("10.10.1.22")
    tgtd.administer("target", "update", "--name", "RedirectAddress", "--value", "")
    tgtd.administer("target", "update", "--name", "state", "--value", "offline")
    with pytest.raises(LoginRejected) as caught:
        with_session(tgtd, tsih_of)
    assert (caught.value.status_class, caught.value.status_detail) == (3, 0)
