#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""opener.py HOST FILE: opens a file of the SMB share for itself alone, and reads of it twice a second. Prints "open", or "refused REASON" and ends; when the
session breaks "broken REASON", then "open" again once it has it again at another connection. Ends by SIGTERM."""

import signal
import sys
import time

from samba import NTSTATUSError, credentials
from samba.samba3 import libsmb_samba_internal as libsmb
from samba.samba3 import param

host, path = sys.argv[1:]
over = False


def end(*_):
    global over
    over = True


signal.signal(signal.SIGTERM, end)
READ, ALONE = 1, 0
context = param.get_context()
context.load("/dev/null")
who = credentials.Credentials()
who.set_anonymous()


def opened():
    connection = libsmb.Conn(host, "share", lp=context, creds=who)
    return connection, connection.create(path, DesiredAccess=READ, ShareAccess=ALONE)


is_open = was_open = False
while not over:
    try:
        if not is_open:
            connection, file = opened()
            is_open = was_open = True
            print("open", flush=True)
        connection.read(file, 0, 1)
    except (NTSTATUSError, OSError) as e:
        if not was_open:
            print("refused", e.args, flush=True)
            break
        if is_open:
            print("broken", e.args, flush=True)
        is_open = False
    time.sleep(0.5)
