# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of the wire into values and back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import values
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import CannotSend
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.masking import Secret
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import WMI, Schema

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013-04-15T16:28:38.376625Z", datetime(2013, 4, 15, 16, 28, 38, 376625, UTC)),
        ("2013-04-15T20:27:39.762Z", datetime(2013, 4, 15, 20, 27, 39, 762000, UTC)),
        ("2013-03-11T21:28:04Z", datetime(2013, 3, 11, 21, 28, 4, 0, UTC)),
        ("2013-03-11T21:28:04.1234567Z", datetime(2013, 3, 11, 21, 28, 4, 123456, UTC)),
        ("2013-03-11T21:28:04", datetime(2013, 3, 11, 21, 28, 4, 0, UTC)),
        ("2013-03-11T21:28:04-05:30", datetime(2013, 3, 12, 2, 58, 4, 0, UTC)),
        ("2013-03-11Z", datetime(2013, 3, 11, 0, 0, 0, 0, UTC)),
        ("20130415162838.376625+000", datetime(2013, 4, 15, 16, 28, 38, 376625, UTC)),
        ("20130415182838.000000+120", datetime(2013, 4, 15, 16, 28, 38, 0, UTC)),
        ("20130415092838.000000-420", datetime(2013, 4, 15, 16, 28, 38, 0, UTC)),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    moment = values.moment(text)
    assert moment == expected
    assert moment.tzinfo is not None


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2013-13-01T00:00:00Z", "00000001000000.000000:000", "20130415******.000000+000"]
)
def test_no_moments(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.moment(text)


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(timezone(timedelta(hours=2)))))
def test_moments_come_back(moment: datetime) -> None:
    sent = values.elements("p", {"X": moment})
    text = sent.removeprefix("<p:X><cim:Datetime>").removesuffix("</cim:Datetime></p:X>")
    assert values.moment(text) == moment


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("-1", -1), ("18446738026459254808", 18446738026459254808)])
def test_integers(text: str, expected: int) -> None:
    assert values.integer(text) == expected


@pytest.mark.parametrize("text", ["", "0x10", "1.5", "one", "9" * 21, "1_000"])
def test_no_integers(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        values.integer(text)


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("TRUE", True), ("False", False), ("0", False)])
def test_booleans(text: str, expected: bool) -> None:
    assert values.boolean(text) is expected


def test_no_boolean() -> None:
    with pytest.raises(ValueError, match="neither"):
        values.boolean("yes")


def test_elements() -> None:
    sent = values.elements(
        "p",
        {
            "Text": 'a<b & "c"',
            "Number": 4294967295,
            "Flag": True,
            "Nothing": None,
            "Octets": b"\x00\xff",
            "Texts": ["one", "two"],
            "Empty": [],
            "Hidden": Secret("s<t"),
        },
    )
    assert sent == (
        '<p:Text>a&lt;b &amp; "c"</p:Text><p:Number>4294967295</p:Number><p:Flag>true</p:Flag>'
        '<p:Nothing xsi:nil="true"/><p:Octets>0</p:Octets><p:Octets>255</p:Octets>'
        "<p:Texts>one</p:Texts><p:Texts>two</p:Texts><p:Hidden>s&lt;t</p:Hidden>"
    )


@pytest.mark.parametrize("text", ["a\x00b", "a\x07b", "\ud800", "\ufffe"])
def test_what_xml_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(CannotSend):
        values.elements("p", {"X": text})


@pytest.mark.parametrize("value", [1.5, object(), datetime(2020, 1, 1)])
def test_types_that_are_not_sent(value: object) -> None:
    with pytest.raises(TypeError):
        values.elements("p", {"X": value})  # type: ignore[dict-item]


PATH = Schema("root/wmi", "MPIO_DSM_Path", {})
POLICY = Schema("root/wmi", "DSM_Load_Balance_Policy", {})
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def sent_tree(argument: values.Value) -> ElementTree.Element:
    inner = values.elements("p", {"LoadBalancePolicies": argument})
    return ElementTree.fromstring(f'<p:IN xmlns:p="urn:around" xmlns:xsi="{SCHEMA_INSTANCE}">{inner}</p:IN>')


def test_objects_and_arrays_of_them() -> None:
    paths = [values.Struct(PATH, {"PathWeight": weight, "DsmPathId": 7}) for weight in (1, 2)]
    policy = values.Struct(POLICY, {"Version": 1, "LoadBalancePolicy": 2, "DSM_Paths": paths, "Reserved": None})
    (argument,) = sent_tree(policy)
    assert argument.tag == "{urn:around}LoadBalancePolicies"
    around, inside = f"{{{WMI}/root/wmi/DSM_Load_Balance_Policy}}", f"{{{WMI}/root/wmi/MPIO_DSM_Path}}"
    version, number, first, second, reserved = argument
    assert [child.tag for child in argument] == [
        f"{around}{name}" for name in ("Version", "LoadBalancePolicy", "DSM_Paths", "DSM_Paths", "Reserved")
    ]
    assert (version.text, number.text, reserved.get(f"{{{SCHEMA_INSTANCE}}}nil")) == ("1", "2", "true")
    for weight, path in zip("12", (first, second), strict=True):
        assert [(child.tag, child.text) for child in path] == [
            (f"{inside}PathWeight", weight),
            (f"{inside}DsmPathId", "7"),
        ]


def test_objects_say_their_class() -> None:
    paths = [values.Struct(PATH, {})]
    sent = values.elements("p", {"X": values.Struct(POLICY, {"DSM_Paths": paths})})
    for schema in (POLICY, PATH):
        (prefix,) = re.findall(rf'xmlns:(\w+)="{re.escape(f"{WMI}/root/wmi/{schema.name}")}"', sent)
        assert f'xsi:type="{prefix}:{schema.name}_Type"' in sent


def test_secrets_are_found_at_any_depth() -> None:
    hidden = Secret("canary")
    value = [values.Struct(PATH, {"A": values.Struct(POLICY, {"B": ["x", hidden, b"y"]})}), None, 1]
    assert list(values.secrets(value)) == [hidden]
    assert "canary" not in repr(value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "x/><y"])
def test_names_that_are_none_are_not_sent(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        values.elements("p", {name: 1})
