// SPDX-License-Identifier: GPL-2.0-only

//! Disruption: how many clients find another node after a change.

use std::net::IpAddr;

use logic::distribution::Distribution;

use crate::{Assignment, NodeId, Scheme};

/// So many of so many clients change their node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Disruption {
    /// Those that do.
    pub changed: u64,
    /// All.
    pub of: u64,
}

impl Disruption {
    /// Of sources that are spread evenly, by our tables of equal numbers of buckets.
    pub fn by_table(before: &Assignment, after: &Assignment) -> Self {
        Self {
            changed: u64::from(before.differences(after)),
            of: u64::from(before.buckets().max(after.buckets())),
        }
    }

    /// Of these clients, by our tables.
    pub fn of_clients_by_table(
        clients: &[IpAddr],
        distribution: &Distribution,
        before: &Assignment,
        after: &Assignment,
    ) -> Self {
        Self::among(clients, |client| {
            let bucket = distribution.bucket(client);
            before.owner(bucket) != after.owner(bucket)
        })
    }

    /// Of sources that are spread evenly, by a scheme with these nodes before and after, none twice.
    ///
    /// Such a scheme wants nodes numbered from 0 without a gap. The numbering after a change is the
    /// one that disrupts less: those behind one that left move up, or the last ones take the gaps.
    pub fn by_scheme(scheme: Scheme, before: &[NodeId], after: &[NodeId]) -> Self {
        Numbering::all(before, after)
            .into_iter()
            .map(|numbering| numbering.even(scheme))
            .min_by_key(|disruption| disruption.changed)
            .unwrap_or(Self::NONE)
    }

    /// Of these clients, by a scheme; nodes and numbering as in [`Disruption::by_scheme`].
    pub fn of_clients_by_scheme(
        clients: &[IpAddr],
        scheme: Scheme,
        before: &[NodeId],
        after: &[NodeId],
    ) -> Self {
        Numbering::all(before, after)
            .into_iter()
            .map(|numbering| Self::among(clients, |client| numbering.moves(scheme, client)))
            .min_by_key(|disruption| disruption.changed)
            .unwrap_or(Self::NONE)
    }

    /// The part in millionths, rounded down: 1 % is 10,000. 0 of 0 is 0.
    pub fn per_million(self) -> u32 {
        let millionths = u128::from(self.changed) * 1_000_000;
        let part = millionths.checked_div(u128::from(self.of)).unwrap_or(0);
        u32::try_from(part).unwrap_or(u32::MAX)
    }

    const NONE: Self = Self { changed: 0, of: 0 };

    fn among(clients: &[IpAddr], changes: impl Fn(IpAddr) -> bool) -> Self {
        let count = |n| u64::try_from(n).unwrap_or(u64::MAX);
        Self {
            changed: count(clients.iter().filter(|client| changes(**client)).count()),
            of: count(clients.len()),
        }
    }
}

/// Which node has which number, before and after.
struct Numbering {
    before: Vec<NodeId>,
    after: Vec<NodeId>,
}

impl Numbering {
    /// The two that a person would think of.
    fn all(before: &[NodeId], after: &[NodeId]) -> Vec<Self> {
        if before.is_empty() || after.is_empty() {
            return Vec::new();
        }
        let (mut before, mut after) = (before.to_vec(), after.to_vec());
        before.sort_unstable();
        after.sort_unstable();
        let stays = |id: &&NodeId| after.binary_search(id).is_ok();
        let new = || after.iter().filter(|id| before.binary_search(id).is_err());

        let moved_up: Vec<NodeId> = before.iter().filter(stays).chain(new()).copied().collect();

        let mut filled: Vec<NodeId> = before.clone();
        filled.extend(new().copied());
        let mut number = 0;
        while let Some(id) = filled.get(number) {
            if stays(&id) {
                number += 1;
            } else {
                filled.swap_remove(number);
            }
        }

        [moved_up, filled]
            .map(|after| Self {
                before: before.clone(),
                after,
            })
            .into()
    }

    fn even(&self, scheme: Scheme) -> Disruption {
        let (n, m) = (number(self.before.len()), number(self.after.len()));
        let (_, of) = scheme.common((0, n), (0, m));
        let stays = (0u32..).zip(&self.before).filter_map(|(a, id)| {
            let b = self.after.iter().position(|other| other == id)?;
            Some(scheme.common((a, n), (number(b), m)).0)
        });
        Disruption {
            changed: of.saturating_sub(stays.sum()),
            of,
        }
    }

    fn moves(&self, scheme: Scheme, client: IpAddr) -> bool {
        let node = |nodes: &[NodeId]| {
            let place = scheme.number(client, number(nodes.len()));
            nodes.get(usize::try_from(place).ok()?).copied()
        };
        node(&self.before) != node(&self.after)
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
