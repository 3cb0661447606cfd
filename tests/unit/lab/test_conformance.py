# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every recording is compared with what the lab answers, or stands here with the reason why not.

The environment variable EVA_MPIO_CAPTURES names the folder; the recordings belong to others and are not part of the
collection. The comparisons stand in the files named here.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

CAPTURES = Path(os.environ.get("EVA_MPIO_CAPTURES", "/nonexistent"))
with_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="no recordings of Windows at hand: EVA_MPIO_CAPTURES names no folder"
)

HERE = Path(__file__).parent
COMPARISONS = (
    *HERE.glob("test_conformance_*.py"),
    HERE / "winrm" / "test_conformance.py",
    HERE / "windows_storage" / "test_recordings.py",
)
NOT_COMPARED = {
    "dism/INDEX.md": "about the recordings",
    "hpdsm/INDEX.md": "about the recordings",
    "mpclaim/INDEX.md": "about the recordings",
    "wsman-iscsi/README.txt": "about the recordings",
    "hpdsm/01-xp-dsm-3.00.00-notify.txt": "hpdsm.exe of other arrays; the EVA's is not published and the lab has none",
    "hpdsm/02-msa-aa-dsm-3.02.00-notify.txt": "the same",
}


def recording(name: str) -> str:
    """Return a recording without what the collector wrote in front of it."""
    text = (CAPTURES / name).read_text(encoding="utf-8")
    if name.endswith(".xml"):
        return re.sub(r"\A\s*<!--.*?-->\s*", "", text, flags=re.DOTALL).strip()
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# "))


@with_captures
def test_every_recording_is_compared_or_excused() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in COMPARISONS)
    files = {path.relative_to(CAPTURES).as_posix() for path in CAPTURES.rglob("*") if path.is_file()}
    forgotten = {name for name in files - set(NOT_COMPARED) if name.rpartition("/")[2] not in sources}
    assert not forgotten
    assert set(NOT_COMPARED) <= files
