// SPDX-License-Identifier: GPL-2.0-only

//! A list of IPv4 addresses: `10.9.4.1-10.9.5.255,10.64.0.0-10.127.255.255/8191,10.9.1.1`; the number
//! behind the slash is the step.

use std::net::Ipv4Addr;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq)]
pub struct Sources(Vec<Ipv4Addr>);

impl Sources {
    pub fn addresses(&self) -> &[Ipv4Addr] {
        &self.0
    }
}

impl FromStr for Sources {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = |part: &str| -> Result<u32, String> {
            let a: Ipv4Addr = part
                .parse()
                .map_err(|_| format!("\"{part}\" is no IPv4 address"))?;
            Ok(a.into())
        };
        let mut all = Vec::new();
        for part in text.split(',') {
            let (range, step) = part.split_once('/').unwrap_or((part, "1"));
            let step: usize = step.parse().map_err(|e| format!("step \"{step}\": {e}"))?;
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (address(first)?, address(last)?);
            if first > last || step == 0 {
                return Err(format!("\"{part}\" leads nowhere"));
            }
            all.extend((first..=last).step_by(step).map(Ipv4Addr::from));
        }
        Ok(Self(all))
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
}
