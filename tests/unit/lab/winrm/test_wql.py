# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WQL: what WMI takes, what it finds, what it refuses."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.tests.lab.winrm import wql
from ansible_collections.eva.mpio.tests.lab.winrm.interface import WmiObject

DISK = WmiObject(
    "MPIO_DISK_INFO",
    {
        "Name": r"MPIO Disk1\x",
        "Number": 5,
        "Big": 18446738026459254808,
        "Active": True,
        "Missing": None,
        "Born": datetime(2013, 4, 15, 16, 28, 38, tzinfo=timezone.utc),
        "Owner": WmiObject("Derived", {}),
        "List": ["a"],
    },
)


def is_a(class_name: str, base: str) -> bool:
    return (class_name.lower(), base.lower()) in {("derived", "base"), ("mpio_disk_info", "mpio_disk_info")}


def matches(condition: str) -> bool:
    return wql.parse(f"select * from MPIO_DISK_INFO where {condition}").matches(DISK, is_a)


@pytest.mark.parametrize(
    "condition",
    [
        r"Name = 'mpio disk1\\X'",
        'name = "MPIO Disk1\\\\x"',
        "Number = 5",
        "Number = '5'",
        "5 = Number",
        "4 < Number",
        "Number >= 4.5",
        "Number <> 6 and Number != 7",
        "Big = 18446738026459254808",
        "Active = TRUE",
        "Active = 1",
        "Active <> 'false'",
        "Missing is null",
        "Missing = NULL",
        "Name is not null",
        "Name LIKE 'mpio%'",
        "Name like '%DISK_\\\\x'",
        "Name like '[k-n]pio%'",
        "Name like '[^a]pio%'",
        "Name not like 'disk%'",
        "not Number = 6",
        "(Number = 6 or Number = 5) and Active = true",
        "Number = 6 and Number = 7 or Active = true",
        "Born > '20130415162837.000000+000'",
        "Born = '20130415182838.000000+120'",
        "__CLASS = 'mpio_disk_info'",
        "__this isa 'MPIO_DISK_INFO'",
        "Owner ISA 'Base'",
    ],
)
def test_condition_holds(condition: str) -> None:
    assert matches(condition)
    assert not matches(f"not ({condition})")


@pytest.mark.parametrize("condition", ["Missing = 'x'", "Missing <> 'x'", "Number < 5", "Name like 'disk'"])
def test_condition_does_not_hold(condition: str) -> None:
    assert not matches(condition)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "select",
        "select * from",
        "select from A",
        "select a b from A",
        "select a, from A",
        "select * from A where",
        "select * from A where a",
        "select * from A where a =",
        "select * from A where a = b",
        "select * from A where a = 'x",
        "select * from A where a = 'C:\\temp'",
        "select * from A where (a = 1",
        "select * from A where a = 1)",
        "select * from A where a < null",
        "select * from A where a like 5",
        "select * from A; drop",
        "select * from A within 5",
        "select * from A order by a",
        "associators of {A}",
        "select a.b from A",
        "delete * from A",
    ],
)
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(wql.InvalidQueryError):
        wql.parse(text)


@pytest.mark.parametrize("condition", ["Number = 'five'", "Active = 'perhaps'", "Born = 'now'", "List = 'a'"])
def test_value_of_the_wrong_type_is_invalid(condition: str) -> None:
    with pytest.raises(wql.InvalidQueryError):
        matches(condition)


def test_query_names_its_class_and_properties() -> None:
    query = wql.parse("  SELECT Name,\n number FROM Win32_Service WHERE __CLASS = 'x' OR State = 'Running' ")
    assert query.class_name == "Win32_Service"
    assert query.selected == ("name", "number")
    assert query.mentioned == {"name", "number", "state"}
    assert wql.parse("select * from A").selected is None


@given(st.text())
def test_every_string_can_be_asked_for(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    query = wql.parse(f"select * from A where Name = '{quoted}'")
    assert query.matches(WmiObject("A", {"Name": value}), is_a)


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    for query in (text, f"select * from A where {text}"):
        try:
            wql.parse(query)
        except wql.InvalidQueryError:
            continue
