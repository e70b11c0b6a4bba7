// SPDX-License-Identifier: GPL-2.0-only

//! Checks of the local service, with rise and fall.
