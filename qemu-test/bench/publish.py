# SPDX-License-Identifier: GPL-2.0-only
"""Writes Documentation/bench: the results, what they say, and plots."""

import json
import subprocess

import lanes
import machine
import report

FOLDER = machine.TOP / "Documentation" / "bench"


def write(results):
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    subprocess.run(
        [machine.TOP / "scripts" / "in-toolbox", "--", "cargo", "run", "--quiet", "--release", "--locked", "-p", "ssi-probe",
         "--example", "bench", "--", FOLDER / "results.json", FOLDER],
        cwd=machine.TOP / "userspace", check=True,
    )
