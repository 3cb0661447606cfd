# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an answer: one element of it is left out, doubled, retyped, cut short, enlarged, or another one.

A lie is drawn by a generator with a seed, so each can be told again.
"""

from __future__ import annotations

import base64
import copy
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from ansible_collections.eva.mpio.tests.lab.winrm import soap
from ansible_collections.eva.mpio.tests.lab.winrm.wsman import Answer

for _prefix, _namespace in soap.PREFIXES.items():
    ET.register_namespace(_prefix, _namespace)

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
HUGE = 1_000_000
"""Letters of a text that is too long."""
MANY = 2_000
"""Copies of an element that stands there once."""
DEEP = 300

TEXTS: Sequence[str] = (
    *("", " ", "\n", "0", "1", "-1", "2", "1.5", "1e3", "0x10", "+7", "007", "4294967295", "4294967296"),
    *("9" * 19, "9" * 5_000, "-" + "9" * 30, "true", "false", "TRUE", "yes", "None", "null", "NaN"),
    *("999.1.1.1", "0.0.0.0", "::", "::1", "10.10.1.21", "10.10.1.99", "10.10.1.11", "fe80::1%3", "169.254.1.1"),
    *("é", "\u0663", "²", "\u2028", "\U0001f4be", "\u202eabc", "%s %d {0} {}", "{{ lookup('env', 'HOME') }}"),
    *("iqn.", "iqn.1991-05.com.microsoft:", "a-b", "ffffe001-0000", "-", "fffffa8001-400001370000", "x" * 300),
    *("\\\\?\\", "C:\\", "2030-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "20301301000000.000000+060", "M" * HUGE),
)
"""What a text may say instead."""
DOCUMENTS: Sequence[str] = (
    "",
    "<",
    "Bad Request",
    "<html><body>sign in here</body></html>",
    '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>',
    "<a>" * DEEP + "</a>" * DEEP,
    "<a>" + "<b/>" * 100_000 + "</a>",
)
"""What an answer may be instead."""

Change = Callable[[ET.Element, ET.Element, random.Random], None]
"""Is told the element that holds the one to change, and that one."""


def _drop(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    holder.remove(element)


def _double(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    holder.insert(list(holder).index(element), copy.deepcopy(element))


def _multiply(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    if sum(1 for _unused in element.iter()) < 50:
        holder.extend([copy.deepcopy(element) for _unused in range(MANY)])


def _make_nil(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    _empty(element)
    element.set(NIL, "true")


def _say_something_else(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    _empty(element)
    element.text = drawn.choice(TEXTS)


def _say_it_differently(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    said = element.text or ""
    _empty(element)
    element.text = drawn.choice(_VARIANTS)(said, drawn)


def _nest(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    inner = element
    for _unused in range(drawn.choice((1, 2, 10, DEEP))):
        inner = ET.SubElement(inner, drawn.choice((element.tag, "Value", "Datetime")))
    inner.text, element.text = element.text, ""


def _flatten(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    text = "".join(element.itertext())
    _empty(element)
    element.text = text


def _rename(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    other = drawn.choice(list(holder)).tag
    element.tag = other if other != element.tag else f"{element.tag}X"


def _exchange(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    other = drawn.choice(list(holder))
    element.text, other.text = other.text, element.text


def _write_output(holder: ET.Element, element: ET.Element, drawn: random.Random) -> None:
    """Change what a command has written, where the element holds that."""
    try:
        written = base64.b64decode(element.text or "", validate=True)
    except ValueError:
        written = b""
    lines = written.decode("utf-8", errors="replace").splitlines(keepends=True) or ["nothing\r\n"]
    number = drawn.randrange(len(lines))
    lines[number] = drawn.choice(
        (
            "",
            lines[number] * 2,
            drawn.choice(TEXTS) + "\r\n",
            _VARIANTS[0](lines[number], drawn),
            _with_another_digit(lines[number], drawn),
            lines[number].replace(":", " "),
        )
    )
    element.text = base64.b64encode("".join(lines).encode()).decode()


def _with_another_digit(text: str, drawn: random.Random) -> str:
    digits = [found.start() for found in re.finditer("[0-9]", text)]
    if not digits:
        return text[::-1]
    at = drawn.choice(digits)
    return text[:at] + str((int(text[at]) + drawn.randint(1, 9)) % 10) + text[at + 1 :]


_VARIANTS: Sequence[Callable[[str, random.Random], str]] = (
    lambda text, drawn: text[: drawn.randint(0, len(text))],
    lambda text, drawn: text + text,
    lambda text, drawn: text.swapcase(),
    lambda text, drawn: f" {text}\n",
    lambda text, drawn: f"-{text}",
    lambda text, drawn: text[::-1],
    _with_another_digit,
    _with_another_digit,
)


def _empty(element: ET.Element) -> None:
    for child in list(element):
        element.remove(child)
    element.text = ""


CHANGES: Mapping[str, Change] = {
    "drop": _drop,
    "double": _double,
    "multiply": _multiply,
    "nil": _make_nil,
    "something else": _say_something_else,
    "differently": _say_it_differently,
    "nest": _nest,
    "flatten": _flatten,
    "rename": _rename,
    "exchange": _exchange,
}
"""What can be done to an element."""


@dataclass
class Liar:
    """Changes the answers of one run, as a seed has it: one answer, or from one on all that are about the same."""

    seed: str
    answers: int
    """How many answers the run has when nobody lies."""
    told: list[str] = field(default_factory=list)
    """What was changed, in words."""

    def __post_init__(self) -> None:
        drawn = random.Random(self.seed)
        self._number = drawn.randrange(self.answers)
        self._lasts = drawn.random() < 0.5
        self._whole = drawn.random() < 0.04
        self._draws = drawn.randrange(2**32)
        self._subject: tuple[str, str] | None = None
        self.count = 0
        """Lies and other answers so far."""

    def changed(self, subject: tuple[str, str], answer: Answer) -> Answer:
        """Return what the client gets instead of an answer about something."""
        number, self.count = self.count, self.count + 1
        if number == self._number:
            self._subject = subject
        elif not self._lasts or subject != self._subject:
            return answer
        # The same draws each time: who lies twice says the same.
        return self._lie(subject, answer, random.Random(self._draws))

    def _lie(self, subject: tuple[str, str], answer: Answer, drawn: random.Random) -> Answer:
        if self._whole:
            document = drawn.choice((*DOCUMENTS, answer.document[: drawn.randrange(len(answer.document))]))
            self._note(subject, f"the answer: {document[:60]!r}")
            return Answer(drawn.choice((200, 200, 500, 404, 400)), document)
        root = ET.fromstring(answer.document)
        holders = {child: holder for holder in root.iter() for child in holder}
        body = root.find(f"{{{soap.SOAP}}}Body")
        inside = [element for element in (root if body is None else body).iter() if element is not body]
        if not inside:
            return answer
        element = drawn.choice(inside)
        name, change = drawn.choice(tuple(CHANGES.items()))
        if element.tag.endswith("}Stream") and drawn.random() < 0.8:
            name, change = "output", _write_output
        before = element.text
        change(holders[element], element, drawn)
        tag = element.tag.rpartition("}")[2]
        self._note(subject, f"{name} of {tag}: {(before or '')[:60]!r} -> {(element.text or '')[:60]!r}")
        return Answer(answer.status, ET.tostring(root, encoding="unicode"))

    def _note(self, subject: tuple[str, str], what: str) -> None:
        if len(self.told) < 3:
            self.told.append(f"{subject[1] or subject[0]}: {what}")
