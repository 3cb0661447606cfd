# Copyright (c) 2026 The eva.mpio authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lies from the command line: ``python tests/hostile --story mend --from 100 --lies 500``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from collections import Counter

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()  # before the first import of a collection, which Ansible's own importer has to make

from ansible_collections.eva.mpio.tests.hostile.run import STORIES, Course, is_told_of
from ansible_collections.eva.mpio.tests.integration.profiles import PROFILES


def main() -> int:
    """Tell lies; 0 where each was survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", nargs="+", choices=PROFILES, default=["2012r2"])
    parser.add_argument("--story", nargs="+", choices=STORIES, default=list(STORIES))
    parser.add_argument("--from", dest="first", type=int, default=0, help="the number of the first lie")
    parser.add_argument("--lies", type=int, default=100, help="how many of each story")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--verbose", action="store_true", help="show every lie and what was said to it")
    parser.add_argument("--plant", metavar="MODULE:FUNCTION", help="call this first: a mistake that has to be found")
    asked = parser.parse_args()
    if asked.plant:
        module, _unused, function = asked.plant.partition(":")
        getattr(importlib.import_module(module), function)()
    seeds = range(asked.first, asked.first + asked.lies)
    told = bad = 0
    began = time.perf_counter()
    for profile in asked.release:
        for story in (story for story in asked.story if is_told_of(story, profile)):
            verdicts = sorted(Course(profile, story, seeds, asked.jobs).verdicts(), key=lambda verdict: verdict.lie)
            statuses = Counter(verdict.status for verdict in verdicts)
            wrong = [verdict for verdict in verdicts if verdict.faults]
            print(f"{profile} {story}: {len(verdicts)} lies {dict(statuses)}, {len(wrong)} bad", flush=True)
            for verdict in verdicts if asked.verbose else wrong:
                print(f"  {verdict.lie} {verdict.status}: {' | '.join(verdict.told)}")
                print(f"    {verdict.message}" if verdict.message else "    (nothing said)")
                print("".join(f"    !! {fault}\n" for fault in verdict.faults), end="", flush=True)
            told, bad = told + len(verdicts), bad + len(wrong)
    print(f"{told} lies told, {bad} bad, {time.perf_counter() - began:.0f} seconds")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
