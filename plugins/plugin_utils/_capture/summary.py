# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request asks, told by its content and not by its ids and times. Private to the collection."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from .._wire import document


def summary(request: str) -> str:
    """Return the question in one line; two requests that ask the same have the same.

    It is the action, the end of the resource, the selectors but for the shell's, and the query, context, command line
    or arguments.
    """
    root = document.parse(request.encode(), "request")
    header = root.find("Header")
    body = root.find("Body")
    action = root.findtext("Header/Action") or "Identify"
    resource = (root.findtext("Header/ResourceURI") or "").partition("/wsman/1/")[2]
    selectors = () if header is None else sorted(_selector(element) for element in header.iter("Selector"))
    parts = [action.rpartition("/")[2], resource, *(text for text in selectors if text)]
    content = "" if body is None else _content(body)
    return " ".join(part for part in (*parts, content) if part)


def _selector(element: Element) -> str:
    name = element.get("Name", "")
    return "" if name == "ShellId" else f"{name}={element.text or ''}"


def _content(body: Element) -> str:
    for name in ("Filter", "EnumerationMode", "EnumerationContext", "Command"):
        found = next(body.iter(name), None)
        if found is not None:
            return (found.text or "").strip()
    if next(body.iter("Stream"), None) is not None or next(body.iter("DesiredStream"), None) is not None:
        return ""
    return " ".join(f"{element.tag}={element.text}" for element in body.iter() if element.text and element.text.strip())
