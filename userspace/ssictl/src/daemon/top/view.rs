// SPDX-License-Identifier: GPL-2.0-only

//! View that is drawn.

use ssid_api::{Heat, Status};

use crate::daemon::top::colour::Colours;
use crate::daemon::top::state::State;

/// It.
pub struct View<'a> {
    /// How things are.
    pub status: &'a Status,
    /// The buckets, if they are known.
    pub heat: Option<&'a Heat>,
    /// Why there is nothing newer.
    pub notice: Option<&'a str>,
    /// What the keys have done.
    pub state: &'a State,
    /// What the terminal can.
    pub colours: Colours,
}
