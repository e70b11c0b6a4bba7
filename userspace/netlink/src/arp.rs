// SPDX-License-Identifier: GPL-2.0-only

//! Asks whether an IPv4 address is in use already, as a host does before it takes one (RFC 5227).

use std::io;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use crate::packet::{Frame, Listener};

const ETH_P_ARP: u16 = 0x0806;
/// Ethernet and IPv4, with addresses of six and four bytes.
const KINDS: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: [u8; 2] = [0, 1];
/// A frame that may be lost is sent as often as RFC 5227 has it.
const PROBES: u32 = 3;
/// It leaves seconds between probes, for hosts that boot together: nobody waits here but a person.
const WAIT: Duration = Duration::from_millis(250);

/// The MAC of whoever has the address, or is about to take it.
///
/// # Errors
///
/// Those of a packet socket, which takes CAP_NET_RAW.
pub fn probe(ifindex: u32, address: Ipv4Addr) -> io::Result<Option<[u8; 6]>> {
    let listener = Listener::open(ifindex, ETH_P_ARP)?;
    let own = listener.address()?;
    let frame = request(own, address);
    for _ in 0..PROBES {
        listener.send(&frame)?;
        let end = Instant::now() + WAIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let holder = listener
                .next(left)?
                .and_then(|frame| holder(&frame, own, address));
            if holder.is_some() {
                return Ok(holder);
            }
        }
    }
    Ok(None)
}

/// A question from nobody: what hears it learns nothing of this host.
fn request(own: [u8; 6], address: Ipv4Addr) -> Vec<u8> {
    let ethernet = [[0xff; 6].as_slice(), &own, &ETH_P_ARP.to_be_bytes()].concat();
    let sender = [own.as_slice(), &[0; 4]].concat();
    let target = [[0; 6].as_slice(), &address.octets()].concat();
    [ethernet, KINDS.to_vec(), REQUEST.to_vec(), sender, target].concat()
}

/// The MAC that the frame's sender gives the address.
fn holder(frame: &Frame, own: [u8; 6], address: Ipv4Addr) -> Option<[u8; 6]> {
    let payload = frame.payload.as_slice();
    let part = |from: usize, length: usize| payload.get(from..from.checked_add(length)?);
    let sender: [u8; 6] = part(8, 6)?.try_into().ok()?;
    let has = part(14, 4)? == address.octets();
    // Another probe for it: two hosts take it at once.
    let wants = part(14, 4)? == [0; 4] && part(24, 4)? == address.octets();
    let is_arp = part(0, 6)? == KINDS;
    (is_arp && (has || wants) && sender != own).then_some(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [u8; 6] = [2, 0, 0, 0, 0, 1];
    const OTHER: [u8; 6] = [2, 0, 0, 0, 0, 2];
    const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);

    fn frame(bytes: &[u8]) -> Frame {
        Frame {
            destination: bytes[..6].try_into().unwrap(),
            source: bytes[6..12].try_into().unwrap(),
            payload: bytes[14..].to_vec(),
        }
    }

    #[test]
    fn a_probe_is_as_the_rfc_has_it() {
        let bytes = request(OWN, VIP);
        assert_eq!(bytes.len(), 42);
        assert_eq!(bytes[..6], [0xff; 6]);
        assert_eq!(bytes[20..22], [0, 1]);
        assert_eq!(bytes[22..28], OWN);
        assert_eq!(bytes[28..32], [0; 4]);
        assert_eq!(bytes[38..42], VIP.octets());
    }

    #[test]
    fn who_has_it_and_who_takes_it_is_found() {
        let mut answer = request(OTHER, Ipv4Addr::new(192, 0, 2, 1));
        answer[21] = 2;
        assert_eq!(holder(&frame(&answer), OWN, VIP), None);
        answer[28..32].copy_from_slice(&VIP.octets());
        assert_eq!(holder(&frame(&answer), OWN, VIP), Some(OTHER));
        // Padding is no matter, a frame that is cut off is no answer.
        answer.extend([0; 18]);
        assert_eq!(holder(&frame(&answer), OWN, VIP), Some(OTHER));
        assert_eq!(holder(&frame(&answer[..30]), OWN, VIP), None);
        // Another host's probe, and the own one.
        assert_eq!(holder(&frame(&request(OTHER, VIP)), OWN, VIP), Some(OTHER));
        assert_eq!(holder(&frame(&request(OWN, VIP)), OWN, VIP), None);
        // Who only asks where it is does not have it.
        let mut question = request(OTHER, VIP);
        question[28..32].copy_from_slice(&[192, 0, 2, 1]);
        assert_eq!(holder(&frame(&question), OWN, VIP), None);
    }
}
