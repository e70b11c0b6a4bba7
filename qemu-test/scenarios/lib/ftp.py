#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""ftp.py SOURCE SERVER ORDERS: a session of FTP from an address. For each line "get" that comes into the file ORDERS it fetches the
file "who", in passive mode and so by a connection more, and says what is in it, or what went wrong; with "end" it ends."""
import ftplib
import sys
import time

source, server, orders = sys.argv[1:]
ftp = ftplib.FTP(timeout=15, source_address=(source, 0))
ftp.connect(server, 21)
ftp.login()
print("connected", flush=True)
with open(orders, encoding="ascii") as given:
    while (order := given.readline()) != "end\n":
        if order != "get\n":
            time.sleep(0.05)
            continue
        lines = []
        try:
            ftp.retrlines("RETR who", lines.append)
            print(*lines, flush=True)
        except (OSError, EOFError, ftplib.Error) as e:
            print(type(e).__name__, flush=True)
ftp.close()
