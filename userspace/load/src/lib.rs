// SPDX-License-Identifier: GPL-2.0-only

//! What a node measures of itself, and what share it takes for that.
