// SPDX-License-Identifier: GPL-2.0-only

//! A datagram as frames (RFC 791, RFC 8200 4.5).

use crate::fragments::plan::Datagram;
use crate::fragments::plan::UDP_HEADER;
use crate::mac::Mac;
use crate::outcome::Outcome;
use std::net::IpAddr;

pub struct Layout {
    pub from: Mac,
    pub to: Mac,
    pub port: u16,
}

const UDP: u8 = 17;
const FRAGMENT: u8 = 44;

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(a) => a.octets().to_vec(),
        IpAddr::V6(a) => a.octets().to_vec(),
    }
}

/// The checksum of all Internet headers (RFC 1071), of an even number of bytes but for the last part.
fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let pairs = parts.iter().flat_map(|part| part.chunks(2));
    let mut sum: u64 = pairs
        .map(|w| (u64::from(w[0]) << 8) | u64::from(*w.get(1).unwrap_or(&0)))
        .sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    (!sum as u16).to_be_bytes()
}

fn udp(source: &[u8], vip: &[u8], port: u16, payload: &[u8]) -> Vec<u8> {
    let len = (UDP_HEADER + payload.len()) as u16;
    let mut header = [
        port.to_be_bytes(),
        port.to_be_bytes(),
        len.to_be_bytes(),
        [0; 2],
    ]
    .concat();
    let pseudo = [&[0, UDP][..], &len.to_be_bytes()].concat();
    let sum = checksum(&[source, vip, &pseudo, &header, payload]);
    // 0 would mean that there is none.
    header[6..8].copy_from_slice(if sum == [0; 2] { &[0xff; 2] } else { &sum });
    [header, payload.to_vec()].concat()
}

fn header4(source: &[u8], vip: &[u8], id: u32, at: usize, more: bool, len: usize) -> Vec<u8> {
    let flags = (at / 8) as u16 | (u16::from(more) << 13);
    let mut header = vec![0x45, 0];
    header.extend((20 + len as u16).to_be_bytes());
    header.extend((id as u16).to_be_bytes());
    header.extend(flags.to_be_bytes());
    header.extend([64, UDP, 0, 0]);
    header.extend([source, vip].concat());
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum);
    header
}

fn header6(source: &[u8], vip: &[u8], id: u32, at: usize, more: bool, len: usize) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend((8 + len as u16).to_be_bytes());
    header.extend([FRAGMENT, 64]);
    header.extend([source, vip].concat());
    header.extend([UDP, 0]);
    header.extend((at as u16 | u16::from(more)).to_be_bytes());
    header.extend(id.to_be_bytes());
    header
}

/// The datagram's fragments, in order.
pub fn frames(datagram: &Datagram, vip: IpAddr, id: u32, layout: &Layout) -> Outcome<Vec<Vec<u8>>> {
    let (source, to) = (octets(datagram.source), octets(vip));
    if source.len() != to.len() {
        return Err(format!("{} cannot send to {vip}", datagram.source));
    }
    let udp = udp(&source, &to, layout.port, &datagram.payload);
    let header = |at, more, len| match vip {
        IpAddr::V4(_) => header4(&source, &to, id, at, more, len),
        IpAddr::V6(_) => header6(&source, &to, id, at, more, len),
    };
    let ethertype: u16 = if vip.is_ipv4() { 0x0800 } else { 0x86dd };
    let ethernet = [&layout.to.0[..], &layout.from.0, &ethertype.to_be_bytes()].concat();
    let mut frames = Vec::new();
    for (i, piece) in udp.chunks(datagram.step).enumerate() {
        let at = i * datagram.step;
        let more = at + piece.len() < udp.len();
        let ip = header(at, more, piece.len());
        frames.push([&ethernet, &ip[..], piece].concat());
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fragments::plan;
    use etherparse::SlicedPacket;
    use etherparse::defrag::IpDefragPool;

    const LAYOUT: Layout = Layout {
        from: Mac([2; 6]),
        to: Mac([3; 6]),
        port: 7001,
    };

    /// Another's reassembly and checksums are the judges.
    fn whole(vip: &str, sources: &str) {
        let vip: IpAddr = vip.parse().unwrap();
        let plan = plan::of(sources, 9);
        let mut pool = IpDefragPool::<(), ()>::new();
        for index in 0..9 {
            let datagram = plan.datagram(index);
            let frames = frames(&datagram, vip, index, &LAYOUT).unwrap();
            assert_eq!(frames.len(), datagram.fragments());
            let mut got = None;
            for frame in frames.iter().rev() {
                assert!(got.is_none() && frame.len() <= 1514);
                let sliced = SlicedPacket::from_ethernet(frame).unwrap();
                got = pool.process_sliced_packet(&sliced, (), ()).unwrap();
            }
            let udp = got.unwrap().payload;
            let (source, to) = (octets(datagram.source), octets(vip));
            assert_eq!(udp[8..], datagram.payload);
            let pseudo = [&[0, UDP][..], &(udp.len() as u16).to_be_bytes()].concat();
            assert_eq!(checksum(&[&source, &to, &pseudo, &udp]), [0; 2]);
        }
    }

    #[test]
    fn another_puts_the_fragments_together() {
        whole("10.9.0.100", "10.64.0.1-10.64.0.4");
        whole("fd5a::100", "fd5a::1-fd5a::4");
        assert!(
            frames(
                &plan::of("fd5a::1", 1).datagram(0),
                [10, 9, 0, 100].into(),
                1,
                &LAYOUT
            )
            .is_err()
        );
    }

    #[test]
    fn the_checksum_is_that_of_a_known_header() {
        // From RFC 1071's own example of a sum.
        assert_eq!(
            checksum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]),
            [0x22, 0x0d]
        );
    }
}
