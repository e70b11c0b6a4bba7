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
            .filter(|(_, admin_state, _)| admin_state.weight > 0 && !admin_state.draining)
            .map(|(node, _, _)| *node)
            .collect();
        let known = situation.targets.iter().zip(situation.holders);
        (0u32..)
            .zip(known)
            .map(|(bucket, (target, holder))| {
                // But for one whose owner gives all away.
                let has = target
                    .or(*holder)
                    .is_some_and(|node| takers.contains(&node));
                let stays = situation.moving.contains(bucket) && has;
                if stays || takers.is_empty() {
                    return *target;
                }
                Some(takers[bucket as usize % takers.len()])
            })
            .collect()
    }
}
