// SPDX-License-Identifier: GPL-2.0-only

//! The smallest planner that moves something at every change: bucket b is the (b mod n)th member's.

use ssi_protocol::{NodeId, Planner, Situation};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tiny;

impl Planner for Tiny {
    type Load = u8;
    type Memory = ();

    fn plan(&self, situation: &Situation<'_, u8>, (): &mut ()) -> Vec<Option<NodeId>> {
        let members = situation.members.iter();
        let takers: Vec<NodeId> = members
            .filter(|(_, standing, _)| standing.weight > 0 && !standing.draining)
            .map(|(node, _, _)| *node)
            .collect();
        let known = situation.targets.iter().zip(situation.holders);
        (0u32..)
            .zip(known)
            .map(|(bucket, (target, holder))| {
                let stays = situation.moving.contains(bucket) && holder.is_some();
                if stays || takers.is_empty() {
                    return *target;
                }
                Some(takers[bucket as usize % takers.len()])
            })
            .collect()
    }
}
