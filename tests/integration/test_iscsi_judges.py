# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that are not ours judge both ends of the lab's iSCSI: our own two ends could share a wrong idea.

Debian's tgtd (package tgt) judges the initiator, the tools of libiscsi (package libiscsi-bin) judge the target.
"""

from __future__ import annotations

import asyncio
import ctypes
import ctypes.util
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.fabric import commands, port_groups
from ansible_collections.eva.mpio.tests.lab.fabric.array import Array
from ansible_collections.eva.mpio.tests.lab.fabric.initiator import InitiatorConnection
from ansible_collections.eva.mpio.tests.lab.fabric.initiator_login import log_in
from ansible_collections.eva.mpio.tests.lab.fabric.interface import (
    AuthenticationFailed,
    Chap,
    InitiatorSide,
    LoginRejected,
)
from ansible_collections.eva.mpio.tests.lab.fabric.network import Network
from ansible_collections.eva.mpio.tests.lab.fabric.scsi import CheckCondition
from ansible_collections.eva.mpio.tests.lab.fabric.tcp import TcpFabric

HOST = "iqn.1991-05.com.microsoft:judged.lab"
TARGET = "iqn.2026-01.lab.judge:disk"
SECRET = Chap("host1", b"initiator-12")
TARGET_SECRET = Chap("eva01", b"target-12345")
NAA = "6001438005df0a110000500000010000"
SOURCE = "127.0.2.9"
ISID = bytes.fromhex("400001370005")

TGT_TOOLS = ("tgtd", "tgtadm")
LIBISCSI_TOOLS = ("iscsi-ls", "iscsi-inq", "iscsi-readcapacity16", "iscsi-test-cu")

_T = TypeVar("_T")


def needs(package: str, tools: tuple[str, ...]) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not found (Debian package {package})")


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


class JudgedTarget:
    """A lab's array that libiscsi's tools look at."""

    def __init__(self, array: Array, fabric: TcpFabric) -> None:
        self.array = array
        self.fabric = fabric
        self.disk = array.vdisks[0]

    def real_portal(self, number: int = 1) -> str:
        return "{}:{}".format(*self.fabric.real_address(self.array.ports[number - 1]))

    def url(self, credentials: str = "", query: str = "") -> str:
        return f"iscsi://{credentials}{self.real_portal()}/{self.array.ports[0].target_name}/1{query}"

    def run(self, tool: str, *arguments: str) -> tuple[int, str]:
        # iscsi-inq prints binary designators as they are.
        done = subprocess.run(
            [tool, "-i", HOST, *arguments], capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def judged() -> Iterator[JudgedTarget]:
    log = EventLog()
    array = Array("eva01", log)
    for address, controller in (("10.10.1.21", "A"), ("10.10.2.21", "A"), ("10.10.1.22", "B"), ("fd00::22", "B")):
        array.add_port(address, controller)
    array.present(array.add_vdisk("data1", 64), HOST, 1)
    with TcpFabric(Network(log, [array])) as fabric:
        yield JudgedTarget(array, fabric)


@needs("libiscsi-bin", LIBISCSI_TOOLS)
def test_libiscsi_discovers_every_port_at_its_real_address_and_its_luns(judged: JudgedTarget) -> None:
    status, text = judged.run("iscsi-ls", "-s", f"iscsi://{judged.real_portal()}")
    assert status == 0
    for port in judged.array.ports:
        assert f"Target:{port.target_name} Portal:{judged.real_portal(port.number)},{port.group_tag}" in text
    assert text.count("Lun:0    Type:STORAGE_ARRAY_CONTROLLER") == 4
    assert text.count("Lun:1    Type:DIRECT_ACCESS") == 4
    # The tool's source address is no NIC of the lab, so the log shows it as it is.
    assert judged.array.log.since(kind="discovery")[0].facts["nic"] == "127.0.0.1"


@needs("libiscsi-bin", LIBISCSI_TOOLS)
def test_libiscsi_reads_the_inquiry_pages_and_the_capacity(judged: JudgedTarget) -> None:
    _unused, standard = judged.run("iscsi-inq", judged.url())
    assert re.search(r"^Vendor:HP\s*$", standard, re.MULTILINE)
    assert re.search(r"^Product:HSV340\s*$", standard, re.MULTILINE)
    assert "TPGS:0" in standard
    judged.array.hides_port_groups = False
    assert "TPGS:1" in judged.run("iscsi-inq", judged.url())[1]
    # -c takes the page in decimal; in hexadecimal it silently shows page 0.
    _unused, serial = judged.run("iscsi-inq", "-e", "1", "-c", str(0x80), judged.url())
    assert f"[{judged.disk.serial}]" in serial
    _unused, designators = judged.run("iscsi-inq", "-e", "1", "-c", str(0x83), judged.url())
    assert designators.count("DEVICE DESIGNATOR #") == 4
    assert f"{judged.array.ports[0].target_name},t,0x0001" in designators
    status, capacity = judged.run("iscsi-readcapacity16", judged.url())
    assert status == 0
    assert f"RETURNED LOGICAL BLOCK ADDRESS:{judged.disk.blocks - 1}" in capacity
    assert "LOGICAL BLOCK LENGTH IN BYTES:512" in capacity


@needs("libiscsi-bin", LIBISCSI_TOOLS)
def test_libiscsi_gives_and_takes_chap(judged: JudgedTarget) -> None:
    judged.array.set_chap(HOST, SECRET, TARGET_SECRET)
    good, wrong = "host1%initiator-12@", "host1%wrong-secret@"
    assert judged.run("iscsi-inq", judged.url(good))[0] == 0
    mutual = "?target_user=eva01&target_password=target-12345"
    assert judged.run("iscsi-inq", judged.url(good, mutual))[0] == 0
    for credentials in ("", wrong):
        status, text = judged.run("iscsi-inq", judged.url(credentials))
        assert status != 0
        assert "Authentication failure(513)" in text  # 0x0201
    status, text = judged.run("iscsi-inq", judged.url(good, mutual.replace("12345", "54321")))
    assert status != 0
    assert "Invalid CHAP_R response from the target" in text
    assert [event.facts["chap"] for event in judged.array.log.since(kind="login")] == ["one-way", "mutual"]


@needs("libiscsi-bin", LIBISCSI_TOOLS)
@pytest.mark.parametrize("shows_alua", [False, True])
@pytest.mark.parametrize(
    "suite",
    [
        "SCSI.Inquiry",
        "SCSI.Mandatory",
        "SCSI.ModeSense6",
        "SCSI.Read10",
        "SCSI.Read16",
        "SCSI.ReadCapacity10",
        "SCSI.ReadCapacity16",
        "SCSI.TestUnitReady",
        "SCSI.Write10",
        "SCSI.Write16",
        # Not iSCSIdatasn: its second case runs on a session that libiscsi made anew, and no longer sends Data-Out.
        "iSCSI.iSCSIcmdsn",
        "iSCSI.iSCSIResiduals",
        "iSCSI.iSCSITMF",
    ],
)
def test_libiscsis_conformance_suites_pass(judged: JudgedTarget, suite: str, shows_alua: bool) -> None:
    judged.array.hides_port_groups = not shows_alua
    _unused, text = judged.run("iscsi-test-cu", "-d", "-t", suite, judged.url())
    summary = re.search(r"asserts\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", text)
    assert summary, text
    assert int(summary[1]) > 0, text
    assert int(summary[4]) == 0, text


class ScsiTask(ctypes.Structure):
    """The beginning of libiscsi's struct scsi_task (scsi-lowlevel.h)."""

    _fields_ = (
        ("status", ctypes.c_int),
        ("cdb_size", ctypes.c_int),
        ("xfer_dir", ctypes.c_int),
        ("expxferlen", ctypes.c_int),
        ("cdb", ctypes.c_ubyte * 16),
        ("residual_status", ctypes.c_int),
        ("residual", ctypes.c_size_t),
        ("error_type", ctypes.c_ubyte),
        ("sense_key", ctypes.c_int),
        ("sense_code", ctypes.c_int),
        ("sense_details", ctypes.c_uint),
        ("size", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_ubyte)),
    )


class Libiscsi:
    """A session of libiscsi itself, for commands that none of its tools sends."""

    _NORMAL_SESSION, _READ, _ATTENTION = 2, 1, 6

    def __init__(self, target: JudgedTarget, port: int) -> None:
        self._library = ctypes.CDLL(ctypes.util.find_library("iscsi"))
        for name in ("iscsi_create_context", "scsi_create_task", "iscsi_scsi_command_sync"):
            getattr(self._library, name).restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.iscsi_create_context(HOST.encode()))
        name = target.array.ports[port - 1].target_name
        assert self._library.iscsi_set_targetname(self._context, name.encode()) == 0
        assert self._library.iscsi_set_session_type(self._context, self._NORMAL_SESSION) == 0
        assert self._library.iscsi_full_connect_sync(self._context, target.real_portal(port).encode(), 1) == 0

    def read(self, cdb: bytes, length: int) -> tuple[int, int, bytes]:
        """Run a command that reads, again while it is a unit attention; return key and code of the sense, and data."""
        while True:
            task = ctypes.c_void_p(self._library.scsi_create_task(len(cdb), cdb, self._READ, length))
            assert self._library.iscsi_scsi_command_sync(self._context, 1, task, None)
            done = ScsiTask.from_address(task.value or 0)
            failed = done.status != 0
            found = (
                done.sense_key if failed else 0,
                done.sense_code if failed else 0,
                b"" if failed else bytes(done.data[: done.size]),
            )
            self._library.scsi_free_scsi_task(task)
            if found[0] != self._ATTENTION or found[1] == _ACCESS_STATE_CHANGED:
                return found

    def close(self) -> None:
        self._library.iscsi_logout_sync(self._context)
        self._library.iscsi_destroy_context(self._context)


_ACCESS_STATE_CHANGED = 0x2A06
REPORT_GROUPS = bytes((0xA3, 0x0A, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0))


@pytest.mark.skipif(ctypes.util.find_library("iscsi") is None, reason="libiscsi not found (Debian package libiscsi7)")
def test_libiscsi_is_told_of_owners_and_of_their_change(judged: JudgedTarget) -> None:
    judged.array.hides_port_groups = False
    through_a, through_b = Libiscsi(judged, 1), Libiscsi(judged, 3)
    try:
        _unused, _unused, before = through_a.read(REPORT_GROUPS, 256)
        # Group 1, controller A: optimised, ports 1 and 2; group 2: not optimised, ports 3 and 4.
        assert before.hex(" ", 4) == (
            "00000020 008b0001 00020002 00000001 00000002 018b0002 00020002 00000003 00000004"
        )
        assert through_b.read(REPORT_GROUPS, 256)[2] == before
        judged.array.ownership.move(judged.disk, "B")
        for session in (through_a, through_b):
            assert session.read(REPORT_GROUPS, 256)[:2] == (6, _ACCESS_STATE_CHANGED)
            states = {
                group.number: int(group.state) for group in port_groups.read_report(session.read(REPORT_GROUPS, 256)[2])
            }
            assert states == {1: 1, 2: 0}
        judged.array.hides_port_groups = True
        assert through_a.read(REPORT_GROUPS, 256)[:2] == (5, 0x2000)
    finally:
        through_a.close()
        through_b.close()


@needs("libiscsi-bin", LIBISCSI_TOOLS)
def test_libiscsi_reads_a_full_port_and_follows_a_redirection(judged: JudgedTarget) -> None:
    first, other = judged.array.ports[0], judged.array.ports[2]
    first.take_sessions(0)
    status, text = judged.run("iscsi-inq", judged.url())
    assert status != 0
    assert "Out of resources(770)" in text  # 0x0302
    first.take_sessions()
    other.guests.add(first.target_name)
    first.answer_logins_with(1, 1, judged.real_portal(other.number))
    assert judged.run("iscsi-inq", judged.url())[0] == 0
    assert judged.array.log.since(kind="login")[-1].facts["portal"] == other.portal_text
