# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy what git would commit into a repository of its own.

``ansible-test`` skips every target of a tree that it reaches through a link or that an outer repository ignores, and
reports success. The artefact is tested from such a copy too, so that nobody's caches decide what is in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def committable_files(root: Path) -> list[Path]:
    """Return the files, relative to ``root``, that are tracked or new; not those ignored, not those deleted."""
    # safe.directory: a checkout that belongs to another user is usual in containers.
    command = ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True).stdout.split(b"\0")
    files = {Path(os.fsdecode(name)) for name in names if name}
    return sorted(file for file in files if (root / file).is_file())


def copy_tree(destination: Path) -> list[Path]:
    """Copy the files to ``destination`` (replaced if it exists), make it a git repository, return their names."""
    shutil.rmtree(destination, ignore_errors=True)
    files = committable_files(ROOT)
    for file in files:
        target = destination / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target)
    subprocess.run(["git", "init", "--quiet", str(destination)], check=True)
    return files


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tests/copy_tree.py DESTINATION")
    copy_tree(Path(sys.argv[1]))
