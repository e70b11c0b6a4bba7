// SPDX-License-Identifier: GPL-2.0-only

//! A list of addresses: `10.9.4.1-10.9.5.255,10.64.0.0-10.127.255.255/8191,fd5a::1`; the number behind
//! the slash is the step.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq)]
pub struct Sources<A = Ipv4Addr>(Vec<A>);

/// More than anybody means to ask from.
const MOST: usize = 1 << 20;

impl<A> Sources<A> {
    pub fn addresses(&self) -> &[A] {
        &self.0
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(a) => u32::from(a).into(),
        IpAddr::V6(a) => a.into(),
    }
}

fn like(family: IpAddr, number: u128) -> IpAddr {
    match family {
        IpAddr::V4(_) => Ipv4Addr::from(number as u32).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    }
}

impl FromStr for Sources<IpAddr> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = |part: &str| -> Result<IpAddr, String> {
            part.parse()
                .map_err(|_| format!("\"{part}\" is no IP address"))
        };
        let mut all = Vec::new();
        for part in text.split(',') {
            let (range, step) = part.split_once('/').unwrap_or((part, "1"));
            let step: usize = step.parse().map_err(|e| format!("step \"{step}\": {e}"))?;
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (address(first)?, address(last)?);
            if first > last || first.is_ipv4() != last.is_ipv4() || step == 0 {
                return Err(format!("\"{part}\" leads nowhere"));
            }
            let range = (number(first)..=number(last)).step_by(step);
            all.extend(range.take(MOST + 1).map(|n| like(first, n)));
            if all.len() > MOST {
                return Err(format!("\"{text}\" is more than {MOST} addresses"));
            }
        }
        Ok(Self(all))
    }
}

impl FromStr for Sources<Ipv4Addr> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all: Sources<IpAddr> = text.parse()?;
        let v4 = |address: IpAddr| match address {
            IpAddr::V4(a) => Ok(a),
            IpAddr::V6(a) => Err(format!("\"{a}\" is no IPv4 address")),
        };
        all.0
            .into_iter()
            .map(v4)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_both_ends() {
        let s: Sources = "10.0.4.254-10.0.5.1,10.9.1.1".parse().unwrap();
        let want = [
            "10.0.4.254",
            "10.0.4.255",
            "10.0.5.0",
            "10.0.5.1",
            "10.9.1.1",
        ];
        assert_eq!(s.addresses(), want.map(|a| a.parse::<Ipv4Addr>().unwrap()));
        let stepped: Sources = "10.0.0.0-10.0.1.0/128".parse().unwrap();
        assert_eq!(stepped.addresses().len(), 3);
        assert!("10.0.0.2-10.0.0.1".parse::<Sources>().is_err());
        assert!("10.0.0".parse::<Sources>().is_err());
    }

    #[test]
    fn both_families_have_ranges() {
        let s: Sources<IpAddr> = "fd5a::fffe-fd5a::1:1,10.9.1.1".parse().unwrap();
        let want = [
            "fd5a::fffe",
            "fd5a::ffff",
            "fd5a::1:0",
            "fd5a::1:1",
            "10.9.1.1",
        ];
        assert_eq!(s.addresses(), want.map(|a| a.parse::<IpAddr>().unwrap()));
        for wrong in ["10.0.0.1-fd5a::1", "fd5a::2-fd5a::1", "fd5a::-fd5b::"] {
            assert!(wrong.parse::<Sources<IpAddr>>().is_err());
        }
        assert!("fd5a::1".parse::<Sources>().is_err());
    }
}
