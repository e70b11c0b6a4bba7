// SPDX-License-Identifier: GPL-2.0-only

//! Options of how long connections stay where they are.

use ssi_netlink::Request;
use ssi_netlink::spec::LeaseExpiry;

use crate::value;

/// What becomes of connections when a bucket goes.
#[derive(clap::Args, Debug, Default)]
pub struct Transition {
    /// How long a released bucket drains, or forever [new: 600]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = value::drain_time)]
    drain_time: Option<u32>,

    /// Connections when the lease runs out [new: drain]
    #[arg(long, value_name = "drain|drop", hide_possible_values = true, value_parser = value::choice::<LeaseExpiry>(LeaseExpiry::NAMES))]
    lease_expiry: Option<LeaseExpiry>,
}

impl Transition {
    /// The attributes for the kernel.
    pub fn settings(&self) -> Request {
        Request {
            drain_time: self.drain_time,
            lease_expiry: self.lease_expiry,
            ..Request::default()
        }
    }
}
