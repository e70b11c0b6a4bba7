// SPDX-License-Identifier: GPL-2.0-only

//! Tests of electorates.

use super::*;
use crate::datagram::places::Places;
use proptest::prelude::*;

fn of(votes: &[(u32, u32)]) -> Electorate {
    Electorate::with_votes(votes.iter().copied()).unwrap()
}

fn ones(nodes: &[u32]) -> Electorate {
    Electorate::new(nodes.to_vec()).unwrap()
}

#[test]
fn a_majority_of_votes_is_a_quorum() {
    assert_eq!(ones(&[1, 2, 3]).quorum(), 2);
    assert_eq!(ones(&[1, 2]).quorum(), 2);
    let three = of(&[(7, 3), (1, 1), (4, 1)]);
    assert_eq!((three.nodes(), three.quorum()), (&[1, 4, 7][..], 3));
    assert_eq!((three.votes_of(7), three.votes_of(2)), (3, 0));
}

#[test]
fn what_cannot_be_is_refused() {
    for (votes, why) in [
        (&[][..], "0 nodes"),
        (&[(1, 0), (2, 0)], "no node has a vote"),
        (&[(1, 256)], "node 1 has 256 votes"),
    ] {
        let sentence = Electorate::with_votes(votes.iter().copied()).unwrap_err();
        assert!(sentence.contains(why), "{sentence}");
    }
    assert!(Electorate::new((1..=33).collect()).is_err());
}

#[test]
fn the_digest_is_that_of_releases_without_votes_where_all_have_one() {
    assert_eq!(ones(&[1, 2, 3]).digest(), 0x7b0b_5ea3_ff36_958c);
    let all = [
        ones(&[1, 2]),
        ones(&[1, 1, 2, 1]),
        of(&[(1, 2)]),
        of(&[(1, 1), (2, 2)]),
        of(&[(1, 2), (2, 1)]),
        of(&[(1, 0), (2, 1)]),
    ];
    let digests: BTreeSet<u64> = all.iter().map(Electorate::digest).collect();
    assert_eq!(digests.len(), 5, "the first two are the same");
}

#[test]
fn one_vote_more_or_less_shares_majorities_and_more_may_not() {
    let three = ones(&[1, 2, 3]);
    for (next, shares) in [
        (of(&[(1, 2), (2, 1), (3, 1)]), true),
        (of(&[(1, 3), (2, 1), (3, 1)]), false),
        (of(&[(1, 1), (2, 1), (3, 0)]), true),
        (ones(&[1, 2, 3, 4]), true),
        (ones(&[1, 2]), true),
        (of(&[(1, 1), (2, 1), (3, 1), (4, 3)]), false),
        (ones(&[1, 2, 4]), false),
        (ones(&[1, 2, 3, 4, 5]), false),
    ] {
        assert_eq!(three.shares_majorities(&next), shares, "{next:?}");
        assert_eq!(next.shares_majorities(&three), shares, "{next:?}");
    }
    // Who goes may have many.
    assert!(of(&[(1, 2), (2, 1), (3, 1)]).is_next_to(&ones(&[2, 3])));
    // Majorities share a node, but the one who goes would not be ready for it.
    let two = ones(&[1, 2]);
    assert!(two.shares_majorities(&ones(&[1, 3])) && !two.is_next_to(&ones(&[1, 3])));
}

fn votes() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0u32..5, 6).prop_filter("some vote", |all| all.iter().any(|v| *v > 0))
}

proptest! {
    #[test]
    fn majorities_are_shared_where_no_two_sets_apart_are_majorities(one in votes(), other in votes()) {
        let electorate = |votes: &[u32]| of(&(1..).zip(votes.iter().copied()).collect::<Vec<_>>());
        let (here, there) = (electorate(&one), electorate(&other));
        let are_apart = (0..64u32).any(|bits| {
            let (set, rest) = (Places::from_bits(bits), Places::from_bits(63 & !bits));
            here.votes().are_quorum(set) && there.votes().are_quorum(rest)
        });
        prop_assert_eq!(here.shares_majorities(&there), !are_apart);
    }

    #[test]
    fn one_vote_or_one_node_at_a_time_is_always_next(one in votes(), at in 0usize..6, more: bool) {
        let mut other = one.clone();
        other[at] = if more { one[at] + 1 } else { one[at].saturating_sub(1) };
        prop_assume!(other.iter().any(|v| *v > 0));
        let electorate = |votes: &[u32]| of(&(1..).zip(votes.iter().copied()).collect::<Vec<_>>());
        prop_assert!(electorate(&one).is_next_to(&electorate(&other)));
    }
}
