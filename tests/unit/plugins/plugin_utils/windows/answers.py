# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers in the recorded shape, and a link that gives them and counts the requests they would cost."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.eva.mpio.plugins.plugin_utils._wire import document, reading
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.command import Batch, Command, Completed
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.faults import Fault, WsmanFault
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.instance import Instance
from ansible_collections.eva.mpio.plugins.plugin_utils._wire.schema import Schema

Values = Mapping[str, t.Any]

# A class that no loaded driver serves, as a captured fault has it: 0x80338102 and "WDM specific return code: 4200".
NO_DRIVER = Fault(
    0x80338102, "InternalError", "refused", "WMI Provider", 0x80338102, "WDM specific return code: 4200", 4200
)
NOT_CAPABLE = Fault(0x80338000, "InternalError", "refused", "WMI Provider", 0x80041001, None, None)


class Reference(dict[str, str]):
    """A reference to an instance by its keys."""


def fault(what: Fault = NOT_CAPABLE) -> WsmanFault:
    return WsmanFault("the host refused", what)


def element(tag: str, values: Values, class_name: str | None = None) -> str:
    """Write an object as WinRM does: null as xsi:nil, arrays as repeated elements, nothing for an empty one."""
    name = class_name or tag
    inner = "".join(_property(key, value) for key, value in values.items())
    uri = f"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/any/{name}"
    return f'<p:{tag} xmlns:p={quoteattr(uri)} xsi:type="p:{name}_Type">{inner}</p:{tag}>'


def _property(key: str, value: t.Any) -> str:
    if value is None:
        return f'<p:{key} xsi:nil="true"/>'
    if isinstance(value, bytes):
        return "".join(f"<p:{key}>{octet}</p:{key}>" for octet in value)
    if isinstance(value, (list, tuple)):
        return "".join(_property(key, one) for one in value)
    if isinstance(value, Reference):
        return _reference(key, value)
    if isinstance(value, Mapping):
        return element(key, value, "Embedded")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<p:{key}>{escape(text)}</p:{key}>"


def _reference(key: str, keys: Reference) -> str:
    """Write an endpoint reference (DSP0230)."""
    selectors = "".join(
        f"<w:Selector Name={quoteattr(name)}>{escape(text)}</w:Selector>" for name, text in keys.items()
    )
    spaces = (
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"'
    )
    parameters = f"<a:ReferenceParameters><w:SelectorSet>{selectors}</w:SelectorSet></a:ReferenceParameters>"
    anyone = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
    return f"<p:{key} {spaces}><a:Address>{anyone}</a:Address>{parameters}</p:{key}>"


def parsed(schema: Schema, values: Values) -> Instance:
    """Send values through XML and the reader of the wire."""
    start = element(schema.name, values).replace(
        " xsi:type", ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type', 1
    )
    return reading.instance(document.parse(start.encode(), "test"), schema)


@dataclass
class FakeLink:
    """A host that answers out of tables. A class or tool that is not in them fails as on a host without it."""

    classes: dict[str, Sequence[Values] | Exception] = field(default_factory=dict)
    """By class, or by class and condition: ``Win32_Service where Name='ClusSvc'``."""
    tools: dict[str, Completed] = field(default_factory=dict)
    references: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    returns: int | None = 0
    outputs: dict[str, Values | Exception] = field(default_factory=dict)
    """Output parameters by method, or what the call fails with; otherwise ``returns`` alone."""
    asked: list[str] = field(default_factory=list)
    conditions: dict[str, str | None] = field(default_factory=dict)
    invoked: list[tuple[str, str, dict[str, t.Any], Mapping[str, str] | None]] = field(default_factory=list)
    requests: int = 0
    shell_open: bool = False
    host: str = "win1.example.com"

    def enumerate(self, schema: Schema, where: str | None = None) -> tuple[Instance, ...]:
        self.asked.append(schema.name)
        self.conditions[schema.name] = where
        self.requests += 1
        answer = self.classes.get(f"{schema.name} where {where}", self.classes.get(schema.name, fault()))
        if isinstance(answer, Exception):
            raise answer
        self.requests += len(answer) > 1
        return tuple(parsed(schema, values) for values in answer)

    def enumerate_references(self, schema: Schema) -> tuple[Mapping[str, str], ...]:
        self.requests += 1
        if schema.name not in self.references:
            raise fault()
        return tuple(self.references[schema.name])

    def invoke(
        self,
        schema: Schema,
        method: str,
        arguments: Mapping[str, t.Any],
        results: Schema,
        selectors: Mapping[str, str] | None = None,
    ) -> Instance:
        self.requests += 1
        self.invoked.append((schema.name, method, dict(arguments), selectors))
        answer = self.outputs.get(method, {"ReturnValue": self.returns})
        if isinstance(answer, Exception):
            raise answer
        return parsed(results, answer)

    def run(self, command: Command, deadline: float) -> Completed:
        self._shell(command)
        return self._completed(command)

    def run_batch(self, commands: Sequence[Command], deadline: float) -> tuple[Completed, ...]:
        self._shell(Batch(tuple(commands)))
        *earlier, last = (self._completed(command) for command in commands)
        return (*(Completed(None, one.stdout, "") for one in earlier), last)

    def _completed(self, command: Command) -> Completed:
        said = f"'{command.program}' is not recognized as an internal or external command,\r\n"
        return self.tools.get(command.masked, Completed(1, "", said))

    def _shell(self, line: Command | Batch) -> None:
        assert line.line  # a line that cmd.exe would not take is refused, as the real link does
        self.asked.append(line.masked)
        self.requests += 3 if self.shell_open else 5
        self.shell_open = True


def printed(*lines: str, code: int | None = 0) -> Completed:
    return Completed(code, "".join(f"{line}\r\n" for line in lines), "")
