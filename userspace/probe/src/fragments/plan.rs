// SPDX-License-Identifier: GPL-2.0-only

//! Plan of datagrams, from a seed.

use crate::random::Random;
use crate::sources::Sources;
use std::net::IpAddr;

#[derive(clap::Args)]
pub struct Plan {
    /// Where the datagrams come from, in turn; both families, if both are to be mixed.
    #[arg(long)]
    sources: Sources<IpAddr>,
    /// How many datagrams.
    #[arg(long, default_value_t = 1000)]
    pub datagrams: u32,
    /// The same number makes the same datagrams.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub struct Datagram {
    pub source: IpAddr,
    pub payload: Vec<u8>,
    /// Bytes of IP payload in each fragment but the last.
    pub step: usize,
}

pub const UDP_HEADER: usize = 8;

impl Datagram {
    pub fn fragments(&self) -> usize {
        (UDP_HEADER + self.payload.len()).div_ceil(self.step)
    }
}

impl Plan {
    /// Sources take turns, and this is how often this one has had its turn before.
    pub fn turn(&self, index: u32) -> u32 {
        index / self.sources.addresses().len().max(1) as u32
    }

    pub fn datagram(&self, index: u32) -> Datagram {
        let sources = self.sources.addresses();
        let source = sources[index as usize % sources.len()];
        let mut random = Random(self.seed ^ (u64::from(index) << 32));
        // With an IPv6 header and its fragment header 1,448 bytes fit into 1,500.
        let step = 8 * (20 + random.below(162) as usize);
        let whole = 2 + random.below(3) as usize;
        let len = whole * step + 1 + random.below(step as u64) as usize - UDP_HEADER;
        let mut payload = index.to_be_bytes().to_vec();
        while payload.len() < len {
            payload.extend(random.below(u64::MAX).to_be_bytes());
        }
        payload.truncate(len);
        Datagram {
            source,
            payload,
            step,
        }
    }

    /// The number that a payload begins with, if it is one of ours.
    pub fn index(&self, payload: &[u8]) -> Option<u32> {
        let index = u32::from_be_bytes(*payload.first_chunk()?);
        (index < self.datagrams).then_some(index)
    }
}

#[cfg(test)]
pub fn of(sources: &str, datagrams: u32) -> Plan {
    Plan {
        sources: sources.parse().unwrap(),
        datagrams,
        seed: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_have_three_to_five_fragments() {
        let plan = of("10.0.0.1-10.0.0.3,fd5a::1", 500);
        let mut seen = [0; 6];
        for index in 0..500 {
            let datagram = plan.datagram(index);
            assert_eq!(plan.index(&datagram.payload), Some(index));
            seen[datagram.fragments()] += 1;
        }
        assert!(seen[..3] == [0; 3] && seen[3..].iter().all(|&n| n > 100));
        assert_eq!(plan.index(&500_u32.to_be_bytes()), None);
        assert_eq!((plan.turn(3), plan.turn(4)), (0, 1));
    }
}
