# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Python file imports and what it does to Ansible's connection, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

COLLECTION = "ansible_collections.eva.mpio"


def imports(source: str, module: str) -> set[str]:
    """Return the full dotted names that a module imports, wherever in it and by whatever form of import.

    ``module`` is the full dotted name of the module itself (of a package: with ``.__init__``), which relative imports
    are resolved with. ``from a import b`` yields both ``a`` and ``a.b``: b may be a module.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = ".".join(module.split(".")[: -node.level])
                base = f"{package}.{base}".rstrip(".")
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            found.update(_imported_by_name(node))
    return found


def _imported_by_name(call: ast.Call) -> Iterator[str]:
    """Yield the argument of ``import_module("...")`` and its like."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called in {"import_module", "__import__"}:
        for argument in call.args[:1]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def ours(names: set[str]) -> set[str]:
    """Return those names that lie in this collection, without its name: ``plugins.plugin_utils._model``."""
    return {name.removeprefix(f"{COLLECTION}.") for name in names if name.startswith(f"{COLLECTION}.")}


def imports_inside_functions(source: str) -> list[int]:
    """Return the lines of the imports that run only when a function is called."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return sorted(
        {
            inner.lineno
            for node in ast.walk(ast.parse(source))
            if isinstance(node, functions)
            for inner in ast.walk(node)
            if isinstance(inner, (ast.Import, ast.ImportFrom))
        }
    )


def connection_attributes(source: str) -> list[int]:
    """Return the lines that read, set or call an attribute of an action plugin's ``_connection``.

    Handing the connection on (``open_link(self._connection)``) is none of these. A name that the connection was
    assigned to counts as the connection.
    """
    tree = ast.parse(source)
    names = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_connection(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_connection(node.value, names):
            lines.add(node.lineno)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            by_name = node.func.id in {"getattr", "setattr", "hasattr", "delattr", "vars"}
            if by_name and _is_connection(node.args[0], names):
                lines.add(node.lineno)
    return sorted(lines)


def _is_connection(node: ast.expr, names: set[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "_connection"
    return isinstance(node, ast.Name) and node.id in names
