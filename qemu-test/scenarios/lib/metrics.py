#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""metrics.py FILE: its samples as Prometheus' own parser reads them, as JSON: name, labels, value and the metric's type."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    families = list(text_string_to_metric_families(file.read()))
json.dump(
    [{"name": s.name, "type": f.type, "labels": s.labels, "value": s.value} for f in families for s in f.samples], sys.stdout
)
