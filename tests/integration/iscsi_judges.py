# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both judges of the lab's iSCSI need: who logs in, and which tools are there."""

from __future__ import annotations

import shutil

import pytest

from ansible_collections.eva.mpio.tests.lab.fabric.interface import Chap

HOST = "iqn.1991-05.com.microsoft:judged.lab"
SECRET = Chap("host1", b"initiator-12")
TARGET_SECRET = Chap("eva01", b"target-12345")


def needs(package: str, tools: tuple[str, ...]) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not found (Debian package {package})")
