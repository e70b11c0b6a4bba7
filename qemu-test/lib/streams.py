# SPDX-License-Identifier: GPL-2.0-only
"""Copies the guest's output to ours. Each stream ends with a marker, so that nothing is lost when the
machine is switched off, and nothing but the command's own bytes passes."""

import os
import threading


class Copy(threading.Thread):
    """Copies source to sink until the marker or the end of file."""

    def __init__(self, source, sink, marker):
        super().__init__(daemon=True)
        self.source, self.sink, self.marker = source, sink, marker
        self.complete = False

    def _put(self, data):
        while data and self.sink is not None:
            try:
                data = data[os.write(self.sink, data) :]
            except BrokenPipeError:
                self.sink = None  # our reader went away: the command goes on unheard

    def run(self):
        held = b""
        while True:
            data = os.read(self.source, 1 << 16)
            if not data:
                self._put(held)
                return
            held += data
            if held.endswith(self.marker):
                self._put(held[: -len(self.marker)])
                self.complete = True
                return
            # Hold back what may be the marker's beginning.
            keep = min(len(held), len(self.marker) - 1)
            while keep and not self.marker.startswith(held[len(held) - keep :]):
                keep -= 1
            self._put(held[: len(held) - keep])
            held = held[len(held) - keep :]


class Line(threading.Thread):
    """Reads one line and calls done."""

    def __init__(self, source, done):
        super().__init__(daemon=True)
        self.source, self.done, self.text = source, done, None

    def run(self):
        held = b""
        while b"\n" not in held:
            data = os.read(self.source, 64)
            if not data:
                return
            held += data
        self.text = held.split(b"\n")[0].decode(errors="replace").strip()
        self.done()
