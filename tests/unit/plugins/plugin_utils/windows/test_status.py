# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of status codes: complete, plain, and true to the severity in the code."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._windows import status
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.status import INITIATOR, SERVICE, SERVICING, WIN32, Side
from ansible_collections.eva.mpio.plugins.plugin_utils._windows.status.iscsi import ISDSC

WARNINGS = {0x2E, 0x3B, 0x48}
TABLES = {"initiator": INITIATOR, "win32": WIN32, "servicing": SERVICING, "service": SERVICE}
ALL = [(name, row) for name, table in TABLES.items() for row in table.values()]


def test_every_isdsc_code_is_there() -> None:
    expected = {(0xAFFF0000 if number in WARNINGS else 0xEFFF0000) + number for number in range(1, 0x69)}
    assert set(ISDSC) == expected
    assert len({row.name for row in ISDSC.values()}) == 104


@pytest.mark.parametrize(("table", "row"), ALL, ids=lambda value: getattr(value, "name", value))
def test_rows_read_as_sentences(table: str, row: status.Status) -> None:
    assert TABLES[table][row.code] is row
    assert row.meaning
    assert not row.meaning.endswith(".")
    assert row.meaning[0].islower() or row.meaning.startswith(("CHAP", "Windows", "IP", "SCSI"))
    assert row.advice.endswith(".")
    assert row.advice[0].isupper()
    assert str(row).count(row.name) == 1


def test_warnings_are_done_and_errors_are_not() -> None:
    for code, row in ISDSC.items():
        assert row.done is (code >> 28 == 0xA)
    assert {code for code, row in WIN32.items() if row.done} == {0, 1641, 3010}
    assert not any(row.done for code, row in SERVICE.items() if code)


def test_what_is_worth_another_try() -> None:
    # What os-win, in production, tries again, and nothing else.
    assert {row.status.code for row in status.table() if row.status.retry} == {0xEFFF001F, 0xEFFF0040, 122}


def test_where_nothing_answered() -> None:
    found = {row.status.name for row in status.table() if row.status.unreachable}
    assert found == {"CONNECTION_FAILED", "SEND_FAILED", "TRANSPORT_ERROR"}
    assert all(row.status.side is Side.NETWORK for row in status.table() if row.status.unreachable)


def test_the_table_has_each_status_once_and_all_of_them() -> None:
    rows = status.table()
    assert len({row.status for row in rows}) == len(rows)
    assert [row.status.code for row in rows if row.who == "iSCSI initiator"] == sorted(ISDSC)
    told = {row.status for row in rows}
    for table in (*TABLES.values(), status.DSM, status.PACKAGE, status.PACKAGE_ON_SHARE, status.SERVER_MANAGER):
        assert told.issuperset(table.values())
    assert {row.status.written for row in rows} >= {"0xEFFF0003", "0xAFFF003B", "1056"}


@pytest.mark.parametrize("code", [0xEFFF0055, 0xEFFF0057, 0xEFFF0058, 0xEFFF005A, 0xEFFF005B, 0xEFFF0061, 0xEFFF0067])
def test_refused_policies_are_told_apart_and_not_retried(code: int) -> None:
    assert not ISDSC[code].retry
    assert [row.meaning for row in ISDSC.values()].count(ISDSC[code].meaning) == 1


@pytest.mark.parametrize(
    ("code", "side"),
    [(0xEFFF0003, Side.NETWORK), (0xEFFF0009, Side.ARRAY), (0xEFFF0013, Side.ARRAY), (0xEFFF003E, Side.HOST)],
)
def test_sides(code: int, side: Side) -> None:
    assert ISDSC[code].side is side


def test_a_signed_code_is_its_unsigned_twin() -> None:
    found = status.of_code(-268500929, INITIATOR)
    assert found is ISDSC[0xEFFF003F]
    assert status.of_code(-2146498548, SERVICING) is SERVICING[0x800F080C]
    assert status.of_code(424242, INITIATOR) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The target has already been logged in via an iSCSI session. ", 0xEFFF003F),
        ("Login Failed. ", 0xEFFF0002),
        ("Authentication Failure. ", 0xEFFF0009),
        ("The Microsoft iSCSI initiator service has not been started. ", 0xEFFF003E),
        ("Connection Failed. \r\n[iqn] Enter command or ^C to exit", 0xEFFF0003),
    ],
)
def test_english_text(text: str, code: int) -> None:
    found = status.of_text(f"Microsoft iSCSI Initiator Version 6.3 Build 9600\r\n\r\n{text}\r\n")
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", ["", "The operation completed successfully. ", "Anmeldung fehlgeschlagen. "])
def test_no_text_of_failure(text: str) -> None:
    assert status.of_text(text) is None
