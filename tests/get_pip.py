# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let ``ansible-test sanity --local`` run where only a Python package index can be reached.

``ansible-test`` fills its virtual environments with pip, and fetches the pip bootstrap script from a host of its own
unless it lies in its cache already. This lays a script there that takes pip from the interpreter (ensurepip).
"""

from __future__ import annotations

import re
from pathlib import Path

import ansible_test

# ensurepip is run as a process of its own: called as a function it drops pip's environment and configuration.
BOOTSTRAP = """\
import subprocess
import sys

packages = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL, check=True)
sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *packages]).returncode)
"""


def fill_cache(cache: Path) -> list[Path]:
    """Write the bootstrap script under each name that the installed ansible-test looks for; what is there stays."""
    source = Path(ansible_test.__path__[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    versions = sorted(set(re.findall(r"pip='([\d.]+)'", source)))
    if not versions:
        raise SystemExit("tests/get_pip.py: ansible-test no longer names its pip versions in python_requirements.py")
    cache.mkdir(parents=True, exist_ok=True)
    scripts = [cache / f"get_pip_{version.replace('.', '_')}.py" for version in versions]
    for script in scripts:
        if not script.exists():
            script.write_text(BOOTSTRAP, encoding="utf-8")
    return scripts


if __name__ == "__main__":
    fill_cache(Path.home() / ".ansible" / "test" / "cache")
