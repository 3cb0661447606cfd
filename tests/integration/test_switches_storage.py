# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main stories in each position of the switches of features, claims, disks and DSMs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.eva.mpio.tests.integration import sweep
from ansible_collections.eva.mpio.tests.lab.windows.storage.switches import StorageSwitches


@pytest.mark.parametrize(("name", "value"), list(sweep.positions(StorageSwitches)))
def test_the_stories_come_out_right(tmp_path: Path, name: str, value: Any) -> None:
    sweep.told(tmp_path, **{name: value})
