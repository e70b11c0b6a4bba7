// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use proptest::prelude::*;
use std::vec::Vec;

fn set(words: usize) -> Opened<Vec<AtomicU64>> {
    let words = (0..words).map(|_| AtomicU64::new(0)).collect();
    Opened::new(words, *b"nobody knows it!")
}

fn flow(number: u32) -> Flow {
    let [a, b, c, d] = number.to_be_bytes();
    Flow {
        client: [10, a, b, c].into(),
        client_port: 1024 + u16::from(d),
        vip: [192, 0, 2, 10].into(),
        vip_port: 80,
    }
}

prop_compose! {
    fn flows()(v6: bool, client: [u8; 16], vip: [u8; 16], client_port: u16, vip_port: u16) -> Flow {
        let address = |of: [u8; 16]| match v6 {
            true => of.into(),
            false => IpAddr::from([of[0], of[1], of[2], of[3]]),
        };
        Flow { client: address(client), client_port, vip: address(vip), vip_port }
    }
}

proptest! {
    #[test]
    fn forgets_none(those in prop::collection::vec(flows(), 1..300), words in 0usize..20) {
        let set = set(words);
        those.iter().for_each(|flow| set.note(flow));
        prop_assert!(those.iter().all(|flow| set.may_have(flow)));
    }

    /// What a connection is made of is all looked at: an empty set but for one has no other.
    #[test]
    fn each_is_another(one in flows(), other in flows()) {
        let set = set(WORDS);
        set.note(&one);
        prop_assert_eq!(bytes(&one) == bytes(&other), one == other);
        let next = Flow { client_port: one.client_port.wrapping_add(1), ..one };
        let elsewhere = Flow { vip_port: one.vip_port.wrapping_add(1), ..one };
        // Two of 2^36 collide.
        prop_assert!(!set.may_have(&next) && !set.may_have(&elsewhere));
    }
}

#[test]
fn has_few_others_as_it_fills() {
    let set = set(WORDS);
    for (many, at_most) in [(5_000, 25), (10_000, 80)] {
        (0..many).for_each(|number| set.note(&flow(number)));
        let others = (1_000_000..1_010_000u32).filter(|number| set.may_have(&flow(*number)));
        let others = others.count();
        assert!(others <= at_most, "{others} of 10,000 after {many}");
    }
}
