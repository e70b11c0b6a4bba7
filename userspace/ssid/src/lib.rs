// SPDX-License-Identifier: GPL-2.0-only

//! `ssid`: runs an ssi cluster, one on each node.
