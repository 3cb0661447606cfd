# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The second way to set a policy: a small VBScript on the host. Private to the collection.

The methods of DSM_LB_Operations take an object that holds objects. Whether WinRM hands such an argument on is published
nowhere, and Hyper-V's classes are known to refuse it; a script on the host does not have to ask WinRM. Microsoft has
published one for the purpose ("Scripting example: how to set the MPIO LB policy"), and every release has cscript.

The script is written into ``%TEMP%`` by ``echo``, run, and deleted, all in one line of cmd.exe. It holds nothing
private: what it shall do stands in its arguments, and they are the path of a WMI object, a method, a number and paths.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from .._wire import quoting
from .._wire.command import Command

# Arguments: path of the DSM_LB_Operations object, method, policy, then for each path of the disk
# id:weight:primary:optimized:preferred, where the first version of the classes has no use for the last two.
# Every member of an object is set, because a driver takes no NULL. WMI scripting takes a uint64 as text.
# Whoever runs the script reads the code in what it prints, and not from the line's exit code, which is that of the
# command behind it.
SET_POLICY: Final = """\
Option Explicit
On Error Resume Next
Dim a, w, o, v, k, p, m, q, e, f, i, r, s
Sub Leave(text, code)
WScript.StdOut.WriteLine "eva.mpio: " & text & ", status " & code
WScript.Quit code
End Sub
Sub Check(doing)
If Err.Number <> 0 Then Leave doing & " failed", Err.Number
End Sub
Set a = WScript.Arguments
If a.Count < 4 Then Leave "arguments are missing", 87
Set w = GetObject("winmgmts:{impersonationLevel=impersonate}!root\\wmi")
Check "connecting to WMI"
Set o = w.Get(a(0))
Check "asking for the disk"
v = 1
k = ""
If Right(a(1), 4) = "ALUA" Then
v = 2
k = "_V2"
End If
Set p = w.Get("DSM_Load_Balance_Policy" & k).SpawnInstance_()
Check "making a policy"
p.Version = v
p.LoadBalancePolicy = CLng(a(2))
p.DSMPathCount = a.Count - 3
p.Reserved = 0
ReDim x(a.Count - 4)
For i = 3 To a.Count - 1
f = Split(a(i), ":")
Set q = w.Get("MPIO_DSM_Path" & k).SpawnInstance_()
Check "making a path"
q.DsmPathId = f(0)
q.Reserved = "0"
q.PathWeight = CLng(f(1))
q.PrimaryPath = CLng(f(2))
If v = 2 Then
q.OptimizedPath = CLng(f(3))
q.PreferredPath = CLng(f(4))
For Each e In Array("FailedPath", "TargetPortGroup_State", "ALUASupport", "SymmetricLUA")
q.Properties_.Item(e).Value = 0
Next
For Each e In Array("TargetPortGroup_Preferred", "TargetPortGroup_Identifier", "TargetPort_Identifier", "Reserved32")
q.Properties_.Item(e).Value = 0
Next
q.Reserved64 = "0"
End If
Check "describing a path"
Set x(i - 3) = q
Next
p.Properties_.Item("DSM_Paths").Value = x
Check "listing the paths"
Set m = w.Get("DSM_LB_Operations").Methods_.Item(a(1)).InParameters.SpawnInstance_()
m.Properties_.Item("LoadBalancePolicy").Value = p
Check "making the arguments"
Set r = o.ExecMethod_(a(1), m)
Check "setting the policy"
s = r.Status
Check "reading the answer"
Leave "the DSM answered", s
"""

_STATUS: Final = re.compile(r"^eva\.mpio: .*, status (-?\d{1,10})\s*$", re.MULTILINE)


def _name() -> str:
    return f"eva.mpio-{uuid.uuid4().hex[:12]}.vbs"


@dataclass(frozen=True)
class Script(Command):
    """A script with its arguments; the command is cscript's."""

    program: str = "cscript"
    arguments: tuple[str, ...] = ()
    source: str = field(default=SET_POLICY, repr=False)
    title: str = "set_policy.vbs"
    """What people read for the file, whose real name is another one each time."""
    name: str = field(default_factory=_name, compare=False)

    @property
    def line(self) -> str:
        """The line to run. :class:`.faults.CannotSend` says why there is none."""
        file = f'"%TEMP%\\{self.name}"'
        written = "&".join(f"echo {quoting.escaped(line)}" for line in self.source.splitlines())
        run = quoting.line(self.program, ("//nologo", self.name, *self.arguments)).replace(self.name, file, 1)
        return quoting.check_length(f"({written})>{file}&{run}&del {file}")

    @property
    def masked(self) -> str:
        """The run for people, without the script."""
        return Command(self.program, ("//nologo", self.title, *self.arguments)).masked


def object_path(name: str, instance: str) -> str:
    """Return the path of a WMI object by its instance name (WMI object paths: backslashes and quotes are escaped)."""
    escaped = instance.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}.InstanceName='{escaped}'"


def status_of(printed: str) -> int | None:
    """Return the code that the script printed, unsigned; None where it did not come to that."""
    found: Sequence[str] = _STATUS.findall(printed)
    return int(found[-1]) & 0xFFFFFFFF if found else None
