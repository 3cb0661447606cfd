# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VBScript itself: expressions, statements, error handling, texts of errors and their places."""

from __future__ import annotations

import pytest

from .scripts import ScriptServer, script_server


@pytest.fixture
def server() -> ScriptServer:
    return script_server()


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("1 + 2 * 3 - 4", "3"),
        ("(1 + 2) * 3", "9"),
        ("-2 ^ 2", "-4"),
        ("7 \\ 2", "3"),
        ("-7 Mod 3", "-1"),
        ("5 / 2", "2.5"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.333333333333333"),
        ("100000 * 100000", "10000000000"),
        ("2147483647 + 1", "2147483648"),
        ("&hFF & &o17", "25515"),
        ("&HFFFF", "-1"),
        ("&HFFFF&", "65535"),
        ("&H80041008", "-2147217400"),
        ('CLng("&H80041008") & CLng("&HFF")', "-2147217400255"),
        ('"a"&1&"b"', "a1b"),
        ('"a" & 1 + 2', "a3"),
        ('"1" + "2"', "12"),
        ('"1" + 2', "3"),
        ('"a""b"', 'a"b'),
        ("Not 1 = 2", "True"),
        ("Not 5", "-6"),
        ("1 = 1 And 2 = 3 Or True", "True"),
        ("6 And 3", "2"),
        ("True + True", "-2"),
        ("1 = 1 Xor 1 = 1", "False"),
        ('"10" > "9"', "False"),
        ('"a" < "B"', "False"),
        ("Null = Null Or True", "True"),
        ("IsNull(Null + 1)", "True"),
        ('IsEmpty(x) & IsEmpty("")', "TrueFalse"),
        ('Empty = "" And Empty = 0', "True"),
        ("Nothing Is Nothing", "True"),
        ("CLng(2.5) & CLng(3.5) & CInt(-0.5)", "240"),
        ("Int(-1.5) & Fix(-1.5)", "-2-1"),
        ('CStr(True) & CBool("0") & CDbl("1e2")', "TrueFalse100"),
        ('UCase("x") & LCase("Y") & Trim("  z ")', "Xyz"),
        ('Left("abc", 2) & Right("abc", 1) & Mid("abcd", 2, 2) & Mid("abcd", 4)', "abcbcd"),
        ('InStr("hello", "l") & InStr(4, "hello", "l") & InStr(1, "Hello", "hE", 1) & InStrRev("hello", "l")', "3414"),
        ('Replace("a.b.c", ".", "-") & Replace("aXbx", "x", "", 1, -1, vbTextCompare)', "a-b-cab"),
        ('Join(Split("a,b,,c", ","), ";") & UBound(Split("", ","))', "a;b;;c-1"),
        ('UBound(Split("a b c")) & LBound(Array())', "20"),
        ('Hex(-1) & "/" & Hex(-2147217400) & "/" & Oct(8)', "FFFF/80041008/10"),
        ('Len("four") & Asc("A") & Chr(66) & String(3, "x") & Space(1) & "."', "465Bxxx ."),
        ('TypeName(1) & TypeName(100000) & TypeName(1.5) & TypeName("") & TypeName(Nothing)',
         "IntegerLongDoubleStringNothing"),
        ('TypeName(Array(1)) & VarType(Array(1)) & VarType("")', "Variant()82048"),
        ('IsNumeric("1.5") & IsNumeric("x") & IsArray(Array()) & IsObject(Nothing)', "TrueFalseTrueTrue"),
        ('Abs(-3) & Sgn(-9) & Round(2.567, 2) & StrComp("a", "A", 1)', "3-12.570"),
        ("vbCrLf = Chr(13) & Chr(10)", "True"),
        ("Array(1, Array(2, 3))(1)(0)", "2"),
    ],
)  # fmt: skip
def test_expressions(server: ScriptServer, expression: str, shown: str) -> None:
    assert server.says(expression) == shown


def test_a_literal_decides_how_numbers_and_strings_meet(server: ScriptServer) -> None:
    assert server.prints('s = "5" : n = 5 : WScript.Echo s = 5, n = "5", s = n, s > n') == ["True True False True"]


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("z 1, 2\nSub z(a, b): WScript.Echo a + b: End Sub", ["3"]),
        ("z (1), 2\nSub z(a, b)\nWScript.Echo a + b\nEnd Sub", ["3"]),
        ("Call z(1, 2)\nPrivate Sub z(ByVal a, ByRef b)\nWScript.Echo a - b\nEnd Sub", ["-1"]),
        ("WScript.Echo -1", ["-1"]),
        ("WScript.Echo (1 + 2) * 2, 1", ["6 1"]),
        ("If True Then WScript.Echo 1 : WScript.Echo 2 Else WScript.Echo 3", ["1", "2"]),
        ("If 0 Then WScript.Echo 1 Else If 1 Then WScript.Echo 2", ["2"]),
        ("If x Then\nWScript.Echo 1\nElseIf x = 0 Then\nWScript.Echo 2\nElse\nWScript.Echo 3\nEnd If", ["2"]),
        ("If Null Then WScript.Echo 1 Else WScript.Echo 2", ["2"]),
        ("Do\ni = i + 1\nIf i = 3 Then Exit Do\nLoop\nWScript.Echo i", ["3"]),
        ("Do Until i >= 4 : i = i + 2 : Loop : WScript.Echo i", ["4"]),
        ("Do : i = i + 1 : Loop While i < 3 : WScript.Echo i", ["3"]),
        ("While i < 3\ni = i + 1\nWend\nWScript.Echo i", ["3"]),
        ('For i = 10 To 1 Step -3 : s = s & i & " " : Next : WScript.Echo s & i', ["10 7 4 1 -2"]),
        ("For i = 1 To 9\nIf i = 3 Then Exit For\nNext\nWScript.Echo i", ["3"]),
        ("For Each i In Array(3, 4)\nWScript.Echo i\nNext", ["3", "4"]),
        ('Select Case "b"\nCase "a", "b" : WScript.Echo 1\nCase Else WScript.Echo 2\nEnd Select', ["1"]),
        ("Select Case 5\n\nCase 1 WScript.Echo 1\nCase Else\nWScript.Echo 2\nEnd Select", ["2"]),
        ("Function f(n)\nIf n < 2 Then f = 1 Else f = n * f(n - 1)\nEnd Function\nWScript.Echo f(10)", ["3628800"]),
        ("Function f\nf = Array(1, 2)\nEnd Function\na = f\nWScript.Echo a(1), UBound(f())", ["2 1"]),
        ("a = Array(1, 2) : c a : WScript.Echo a(0)\nSub c(z)\nz(0) = 9\nEnd Sub", ["9"]),
        ("a = Array(1, 2) : c a : WScript.Echo a(0)\nSub c(ByVal z)\nz(0) = 9\nEnd Sub", ["1"]),
        ("n = 1 : c n : c (n) : WScript.Echo n\nSub c(z)\nz = z + 1\nEnd Sub", ["2"]),
        ("n = 1 : c : WScript.Echo n\nSub c\nDim n\nn = 5\nEnd Sub", ["1"]),
        ("a = Array(1, 2) : b = a : b(0) = 7 : WScript.Echo a(0), b(0)", ["1 7"]),
        ("Dim a(2), b()\nReDim b(1)\nb(1) = 4\nReDim Preserve b(3)\nWScript.Echo UBound(a), UBound(b), b(1)",
         ["2 3 4"]),
        ("ReDim a(1, 2)\na(1, 2) = 5\nReDim Preserve a(1, 4)\nWScript.Echo a(1, 2), UBound(a, 2)", ["5 4"]),
        ("Dim a(1)\na(0) = 3\nErase a\nWScript.Echo IsEmpty(a(0))", ["True"]),
        ("Const a = 4, b = \"x\"\nWScript.Echo a & b", ["4x"]),
        ("With WScript\n.Echo 5\n.Echo .Name\nEnd With", ["5", "Windows Script Host"]),
        ("a = 1 : b = a _\n  + 2 ' comment\nRem another : WScript.Echo 9\nWScript.Echo b", ["3"]),
        ('Set d = CreateObject("Scripting.Dictionary")\nd("a") = 1\nd.Add "b", 2\nWScript.Echo d.Count, d("b")',
         ["2 2"]),
        ("Option Explicit\nx = 1\nWScript.Echo x + y\nDim x\nConst y = 2", ["3"]),
        ("For i = 1 To 3\nDim x\nx = x & i\nNext\nWScript.Echo x", ["123"]),
        ("s : s\nSub s\nDim a(1)\na(0) = a(0) + 1\nWScript.Echo a(0)\nEnd Sub", ["1", "1"]),
        ("a = Array()\nFor i = 1 To 2\nReDim Preserve a(UBound(a) + 1)\na(UBound(a)) = i\nNext\nWScript.Echo Join(a)",
         ["1 2"]),
        ("If Not WScript Is Nothing Then WScript.Echo 1", ["1"]),
        ("Function f\nFor i = 1 To 9\nf = i\nIf i = 4 Then Exit Function\nNext\nEnd Function\nWScript.Echo f", ["4"]),
        ("WScript.Echo (1), (2)", ["1 2"]),
        ("[odd name] = 3 : WScript.Echo [odd name]", ["3"]),
        ("OPTION EXPLICIT\ndim X\nx = 1 : wscript.ECHO X", ["1"]),
        ("Sub s\nExit Sub\nWScript.Echo 1\nEnd Sub\ns\nWScript.Echo 2", ["2"]),
    ],
)  # fmt: skip
def test_statements(server: ScriptServer, script: str, lines: list[str]) -> None:
    assert server.prints(script) == lines


@pytest.mark.parametrize(
    ("script", "place", "text"),
    [
        ("\nx = 1 / 0", "2, 1", "Division by zero"),
        ('x = "abc" + 1', "1, 1", "Type mismatch"),
        ('x = CLng("abc")', "1, 1", "Type mismatch: 'CLng'"),
        ("If 1 Then\n  Foo 1\nEnd If", "2, 3", "Type mismatch: 'Foo'"),
        ("Option Explicit\ny = 1", "2, 1", "Variable is undefined: 'y'"),
        ("Option Explicit\nFoo 1", "2, 1", "Variable is undefined: 'Foo'"),
        ("Set x = 5", "1, 1", "Object required: 'x'"),
        ("x.Bar", "1, 1", "Object required: 'x'"),
        ("Set x = Nothing : x.Bar", "1, 19", "Object variable not set: 'x'"),
        ("Dim a(2)\na(3) = 1", "2, 1", "Subscript out of range"),
        ("Dim a(2)\nReDim a(3)", "2, 1", "This array is fixed or temporarily locked: 'a'"),
        ("WScript.Foo", "1, 1", "Object doesn't support this property or method: 'WScript.Foo'"),
        ("WScript.Quit 1, 2", "1, 1", "Wrong number of arguments or invalid property assignment: 'WScript.Quit'"),
        ("Sub a(b)\nEnd Sub\na", "3, 1", "Wrong number of arguments or invalid property assignment: 'a'"),
        ("x = Len(1, 2)", "1, 1", "Wrong number of arguments or invalid property assignment: 'Len'"),
        ('Set x = CreateObject("No.Such")', "1, 1", "ActiveX component can't create object: 'No.Such'"),
        ("Const a = 1\na = 2", "2, 1", "Illegal assignment: 'a'"),
        ("x = CInt(40000)", "1, 1", "Overflow: 'CInt'"),
        ("x = CStr(Null)", "1, 1", "Invalid use of Null: 'CStr'"),
        ("For Each x In 5\nNext", "1, 1", "Object not a collection"),
        ("Err.Raise 9", "1, 1", "Subscript out of range"),
        ("Sub a\n a\nEnd Sub\na", "2, 2", "Out of stack space"),
    ],
)
def test_run_time_errors(server: ScriptServer, script: str, place: str, text: str) -> None:
    assert server.run(script) == (
        0, "", f"C:\\scripts\\test.vbs({place}) Microsoft VBScript runtime error: {text}\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "place", "text"),
    [
        ("WScript.Echo 1\nIf 1 Then", "2, 10", "Expected 'End'"),
        ("If 1\nEnd If", "1, 5", "Expected 'Then'"),
        ('x = "abc', "1, 5", "Unterminated string constant"),
        ("x = 1 ?", "1, 7", "Invalid character"),
        ("WScript.Echo 1 : x = ", "1, 22", "Expected expression"),
        ("WScript.Echo(1, 2)", "1, 19", "Cannot use parentheses when calling a Sub"),
        ("Dim x\nIf True Then Dim X", "2, 14", "Name redefined"),
        ("Sub a(b)\nDim b\nEnd Sub", "2, 1", "Name redefined"),
        ("Dim a(n)", "1, 6", "Expected integer constant"),
        ("Dim x As Long", "1, 7", "Expected end of statement"),
        ("Dim For", "1, 5", "Expected identifier"),
        ("5 = x", "1, 1", "Expected statement"),
        ("Exit Sub", "1, 1", "Invalid 'exit' statement"),
        ("Loop", "1, 1", "'loop' without 'do'"),
        ("Do\nx = 1", "2, 6", "Expected 'Loop'"),
        ("Sub a\nEnd Sub\nSub A\nEnd Sub", "3, 5", "Name redefined"),
    ],
)
def test_a_script_that_does_not_parse_is_not_begun(server: ScriptServer, script: str, place: str, text: str) -> None:
    code, out, err = server.run(script)
    assert (code, out) == (1, "")
    assert err == f"C:\\scripts\\test.vbs({place}) Microsoft VBScript compilation error: {text}\n"


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("x = 1 / 0\nWScript.Echo Err.Number, Err.Description, Err.Source",
         ["11 Division by zero Microsoft VBScript runtime error"]),
        ("x = 1 / 0\nOn Error Resume Next\nWScript.Echo Err", ["0"]),
        ("x = 1 / 0 : Err.Clear\nWScript.Echo Err.Number", ["0"]),
        ("If 1 / 0 Then\nWScript.Echo \"inside\"\nEnd If", ["inside"]),
        ("For Each x In 5\nWScript.Echo \"inside\"\nNext\nWScript.Echo Err.Number", ["inside", "451"]),
        ("s\nWScript.Echo Err.Number\nSub s\nx = 1 / 0\nWScript.Echo \"not reached\"\nEnd Sub", ["11"]),
        ("s\nx = 1 / 0\nWScript.Echo \"goes on\"\nSub s\nOn Error GoTo 0\nEnd Sub", ["goes on"]),
        ("Err.Raise vbObjectError + 3, \"me\", \"bad\"\nWScript.Echo Err.Number, Err.Source, Err.Description",
         ["-2147221501 me bad"]),
    ],
)  # fmt: skip
def test_resume_next(server: ScriptServer, script: str, lines: list[str]) -> None:
    assert server.prints(f"On Error Resume Next\n{script}") == lines


def test_goto_0_ends_it(server: ScriptServer) -> None:
    code, out, err = server.run("On Error Resume Next\nx = 1 / 0\nOn Error GoTo 0\nWScript.Echo Err\nx = 1 / 0")
    assert (code, out) == (0, "0\n")
    assert "(5, 1)" in err
