# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that were not made by Windows."""

from __future__ import annotations

import pytest

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import document
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import MalformedAnswer

LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'>&b;</s:Envelope>"
)


def test_names_are_local() -> None:
    root = document.parse(b"<s:A xmlns:s='u:s' xmlns:x='u:x' x:nil='true'><b xmlns='u:b'>t</b></s:A>", "host")
    assert (root.tag, root.attrib, root.findtext("b")) == ("A", {"nil": "true"}, "t")


@pytest.mark.parametrize(
    "raw",
    [
        LAUGHS,
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<?xml version='1.0'?><!DOCTYPE x><x/>",
    ],
)
def test_document_types_are_refused(raw: bytes) -> None:
    with pytest.raises(MalformedAnswer, match="host1: the answer holds a document type declaration"):
        document.parse(raw, "host1")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Bad Request",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<p:a/>",
        b"\xff\xfe",
        b"<?xml version='1.0' encoding='no-such'?><a/>",
        b"<a>&undefined;</a>",
        b"<a>\x00</a>",
    ],
)
def test_what_is_not_xml_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedAnswer, match="host1: the answer"):
        document.parse(raw, "host1")


def test_depth_is_bounded() -> None:
    def nested(depth: int) -> bytes:
        return b"<a>" * depth + b"</a>" * depth

    assert document.parse(nested(document.DEEPEST), "host").tag == "a"
    with pytest.raises(MalformedAnswer, match="nested deeper than 64"):
        document.parse(nested(document.DEEPEST + 1), "host")


def test_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST", 100)
    assert len(document.parse(b"<a>" + b"<b/>" * 99 + b"</a>", "host")) == 99
    with pytest.raises(MalformedAnswer, match="more than 100"):
        document.parse(b"<a>" + b"<b/>" * 100 + b"</a>", "host")
