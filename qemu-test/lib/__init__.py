# SPDX-License-Identifier: GPL-2.0-only
"""What qemu-test/vm is made of."""
