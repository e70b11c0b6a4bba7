// SPDX-License-Identifier: GPL-2.0-only

//! Options of by which routers replies leave.

use std::net::IpAddr;

use ssi_cluster::failure::Failure;
use ssi_cluster::replies;
use ssi_cluster::system::System;

use crate::value;

/// By which routers replies leave the interface.
#[derive(clap::Args, Debug, Default)]
pub struct Gateways {
    /// Router of replies, one a family; none: no more
    #[arg(long = "gateway", value_name = "ADDR", value_parser = value::gateway_or_none)]
    all: Vec<Option<IpAddr>>,
}

impl Gateways {
    /// Those that are given, checked against the cluster's addresses; none: nothing is said about them.
    pub fn given(&self, vips: &[IpAddr]) -> Result<Option<Vec<IpAddr>>, Failure> {
        let given: Vec<IpAddr> = self.all.iter().copied().flatten().collect();
        if !given.is_empty() && given.len() < self.all.len() {
            return Err(Failure::Usage(
                "--gateway none: goes with no other --gateway".to_owned(),
            ));
        }
        value::gateways(&given, vips).map_err(|e| Failure::Usage(format!("--gateway {e}")))?;
        Ok((!self.all.is_empty()).then_some(given))
    }

    /// Whether nothing is said about them.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Gives an interface other gateways, then does the rest; after a failure all is as before.
pub fn with<S: System>(
    system: &mut S,
    (device, ifindex): (&str, u32),
    gateways: &[IpAddr],
    rest: impl FnOnce(&mut S) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let before = replies::given(system, device, ifindex)?;
    let kept = replies::keep(system, device, ifindex, Some(gateways)).map(drop);
    kept.and_then(|()| rest(system)).map_err(|failure| {
        let undone = replies::keep(system, device, ifindex, Some(&before)).map(drop);
        failure.and_undoing(undone)
    })
}
