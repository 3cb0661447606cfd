# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin that notes which modules are first imported by the process that runs a task."""

from __future__ import annotations

import os
import sys
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: first_imports
type: notification
short_description: Note what tasks import
description: Appends a line with process and module to the file that the environment variable FIRST_IMPORTS names.
"""


class _Finder:
    """Finds nothing; Python asks it for every module that is not there yet."""

    parent = os.getpid()

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> None:
        """Note a module that is wanted in a fork."""
        if os.getpid() != cls.parent:
            with open(os.environ["FIRST_IMPORTS"], "a", encoding="utf-8") as lines:
                lines.write(f"{os.getpid()} {name}\n")


class CallbackModule(CallbackBase):
    """Does nothing but exist: the finder stands in front of Python's own from the start."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "first_imports"


if "FIRST_IMPORTS" in os.environ:  # Ansible imports every plugin of the folder, enabled or not
    sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]  # a class with find_spec is all that Python wants
