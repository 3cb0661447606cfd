# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain for tests; where this machine has no Kerberos they are skipped with a notice, or fail if it is required."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ansible_collections.eva.mpio.tests.lab import kdc

USER, PASSWORD = "alice", "Pa$$ w0rd of 'alice'"
REQUIRED = "EVA_MPIO_KERBEROS"
"""The environment variable that, set to ``required``, makes a failure of a skip."""


def required() -> None:
    """Skip or fail the test that asks, where there is no Kerberos."""
    absent = kdc.missing()
    notice = f"no Kerberos on this machine: {', '.join(absent)} missing (CONTRIBUTING.md says how to install them)"
    if absent and os.environ.get(REQUIRED) == "required":
        pytest.fail(notice)
    if absent:
        pytest.skip(notice)


@contextmanager
def running_domain() -> Iterator[kdc.Domain]:
    """Run a domain with one administrator."""
    required()
    with kdc.Domain({USER: PASSWORD}) as domain, pytest.MonkeyPatch.context() as patch:
        # Clients in this process: this domain, and no ticket but those that a test gets.
        for name, value in domain.environment.items():
            patch.setenv(name, value)
        patch.setenv("KRB5CCNAME", f"FILE:{domain.folder}/none")
        yield domain
