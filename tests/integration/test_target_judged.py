# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An initiator that is not ours judges the lab's target: our own two ends could share a wrong idea.

It is libiscsi, by its tools (Debian's package libiscsi-bin) and by itself.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import subprocess
from collections.abc import Iterator

import pytest

from ansible_collections.eva.mpio.tests.integration.iscsi_judges import HOST, SECRET, TARGET_SECRET, needs
from ansible_collections.eva.mpio.tests.lab.events import EventLog
from ansible_collections.eva.mpio.tests.lab.fabric import port_groups
from ansible_collections.eva.mpio.tests.lab.fabric.array import Array
from ansible_collections.eva.mpio.tests.lab.fabric.network import Network
from ansible_collections.eva.mpio.tests.lab.fabric.tcp import TcpFabric

LIBISCSI_TOOLS = ("iscsi-ls", "iscsi-inq", "iscsi-readcapacity16", "iscsi-test-cu")


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
