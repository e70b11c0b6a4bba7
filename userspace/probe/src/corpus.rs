// SPDX-License-Identifier: GPL-2.0-only

//! Frames that are none of the cluster's business, for the comparison with the module absent.
//!
//! `rx`: what a neighbour may send to a node; `tx`: what a node may send itself. The same
//! arguments always make the same bytes.

use crate::mac::BROADCAST;
use crate::mac::Mac;
use crate::outcome::Outcome;
use crate::pcapng::Record;
use crate::pcapng::Writer;
use crate::random::Random;
use clap::ValueEnum;
use etherparse::PacketBuilder;
use std::fs::File;
use std::io::BufWriter;
use std::net::Ipv4Addr;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Kind {
    Rx,
    Tx,
    /// Damaged frames that are the cluster's, or nearly.
    Fuzz,
}

#[derive(clap::Args)]
pub struct Args {
    /// How many, with `fuzz`.
    #[arg(long, default_value_t = 2000)]
    count: usize,
    #[arg(long)]
    out: String,
    #[arg(long, value_enum)]
    kind: Kind,
    /// Who sends.
    #[arg(long)]
    from: Mac,
    #[arg(long)]
    from_ip: Ipv4Addr,
    /// Whom it is for.
    #[arg(long)]
    to: Mac,
    #[arg(long)]
    to_ip: Ipv4Addr,
    /// The cluster, to come close to it.
    #[arg(long)]
    vip: Ipv4Addr,
    #[arg(long)]
    mac: Mac,
}

const SIZES: [usize; 8] = [0, 1, 17, 18, 64, 511, 1024, 1400];

fn body(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + len) as u8).collect()
}

fn ethernet(to: Mac, from: Mac, ethertype: u16, payload: &[u8]) -> Vec<u8> {
    [&to.0[..], &from.0, &ethertype.to_be_bytes(), payload].concat()
}

/// Puts a tag behind the MAC addresses.
fn tagged(mut frame: Vec<u8>, tpid: u16, tci: u16) -> Vec<u8> {
    frame.splice(12..12, [tpid.to_be_bytes(), tci.to_be_bytes()].concat());
    frame
}

fn udp(to: Mac, from: Mac, to_ip: Ipv4Addr, from_ip: Ipv4Addr, len: usize) -> Outcome<Vec<u8>> {
    let mut out = Vec::new();
    PacketBuilder::ethernet2(from.0, to.0)
        .ipv4(from_ip.octets(), to_ip.octets(), 17)
        .udp(40000, 9)
        .write(&mut out, &body(len))
        .map_err(|e| e.to_string())?;
    Ok(out)
}

fn tcp(to: Mac, from: Mac, to_ip: Ipv4Addr, from_ip: Ipv4Addr, len: usize) -> Outcome<Vec<u8>> {
    let mut out = Vec::new();
    PacketBuilder::ethernet2(from.0, to.0)
        .ipv4(from_ip.octets(), to_ip.octets(), 64)
        .tcp(40001, 9, 12345, 1024)
        .ack(99)
        .write(&mut out, &body(len))
        .map_err(|e| e.to_string())?;
    Ok(out)
}

fn v6(to: Mac, from: Mac, last: u8, len: usize) -> Outcome<Vec<u8>> {
    let address = |last| {
        let mut a = [0; 16];
        (a[0], a[1], a[15]) = (0xfd, 0x5a, last);
        a
    };
    let mut out = Vec::new();
    PacketBuilder::ethernet2(from.0, to.0)
        .ipv6(address(1), address(last), 64)
        .udp(40002, 9)
        .write(&mut out, &body(len))
        .map_err(|e| e.to_string())?;
    Ok(out)
}

fn arp(to: Mac, op: u8, from: Mac, from_ip: Ipv4Addr, target: Ipv4Addr) -> Vec<u8> {
    let mut b = vec![0, 1, 8, 0, 6, 4, 0, op];
    b.extend(from.0);
    b.extend(from_ip.octets());
    b.extend(if op == 1 { [0; 6] } else { to.0 });
    b.extend(target.octets());
    b.resize(46, 0);
    ethernet(to, from, 0x0806, &b)
}

/// Breaks one byte of a frame.
fn bent(mut frame: Vec<u8>, at: usize, by: u8) -> Vec<u8> {
    if let Some(b) = frame.get_mut(at) {
        *b ^= by;
    }
    frame
}

fn ip_multicast(group: Ipv4Addr) -> Mac {
    let [_, b, c, d] = group.octets();
    Mac([1, 0, 0x5e, b & 0x7f, c, d])
}

fn common(a: &Args) -> Outcome<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    let mdns = Ipv4Addr::new(224, 0, 0, 251);
    let group = Ipv4Addr::new(239, 1, 2, 3);
    let other = Ipv4Addr::from(u32::from(a.vip) ^ 1);
    for len in SIZES {
        let plain = udp(a.to, a.from, a.to_ip, a.from_ip, len)?;
        out.push(tagged(plain.clone(), 0x8100, 5));
        out.push(tagged(plain.clone(), 0x8100, 0x6007));
        out.push(tagged(plain.clone(), 0x8100, 0));
        out.push(tagged(tagged(plain.clone(), 0x8100, 5), 0x88a8, 9));
        out.push(bent(plain.clone(), 24, 0xff)); // a wrong header checksum
        out.push(plain);
        out.push(tcp(a.to, a.from, a.to_ip, a.from_ip, len)?);
        out.push(udp(BROADCAST, a.from, Ipv4Addr::BROADCAST, a.from_ip, len)?);
        out.push(udp(ip_multicast(mdns), a.from, mdns, a.from_ip, len)?);
        out.push(udp(ip_multicast(group), a.from, group, a.from_ip, len)?);
        out.push(udp(a.to, a.from, other, a.from_ip, len)?);
        out.push(udp(
            Mac([6, 7, 8, 9, 10, 11]),
            a.from,
            a.to_ip,
            a.from_ip,
            len,
        )?);
        out.push(v6(a.to, a.from, 2, len)?);
        out.push(v6(Mac([0x33, 0x33, 0, 0, 0, 1]), a.from, 1, len)?);
        out.push(ethernet(a.to, a.from, 0x88b5, &body(len.max(46))));
        out.push(ethernet(
            Mac([1, 0x80, 0xc2, 0, 0, 0xe]),
            a.from,
            0x88cc,
            &body(len.max(46)),
        ));
        // 802.3: a length instead of an ethertype, then LLC.
        out.push(ethernet(
            BROADCAST,
            a.from,
            46,
            &[&[0x42, 0x42, 3][..], &body(43)].concat(),
        ));
    }
    // For an address that nobody has: a fragment that is waited for makes an error message much later.
    let mut fragment = udp(a.to, a.from, other, a.from_ip, 64)?;
    fragment[20] = 0x20; // more fragments, and no DF
    out.push(fragment.clone());
    fragment[21] = 5;
    out.push(fragment);
    out.push(arp(BROADCAST, 1, a.from, a.from_ip, a.to_ip));
    out.push(arp(BROADCAST, 1, a.from, a.from_ip, other));
    out.push(arp(BROADCAST, 1, a.from, a.from_ip, a.from_ip));
    out.push(arp(a.to, 2, a.from, a.from_ip, a.to_ip));
    // Headers that end early.
    out.push(ethernet(a.to, a.from, 0x0800, &[0x45]));
    out.push(ethernet(a.to, a.from, 0x0800, &body(12)));
    out.push(ethernet(a.to, a.from, 0x0806, &body(9)));
    out.push(ethernet(a.to, a.from, 0x0800, &[]));
    Ok(out)
}

/// What only comes close on the way in: one of MAC and IP is the cluster's, the other is not.
fn near(a: &Args) -> Outcome<Vec<Vec<u8>>> {
    let group = a.mac.group();
    let mut out = Vec::new();
    for len in SIZES {
        out.push(udp(a.to, a.from, a.vip, a.from_ip, len)?);
        out.push(udp(group, a.from, a.to_ip, a.from_ip, len)?);
        out.push(udp(BROADCAST, a.from, a.to_ip, a.from_ip, len)?);
        // A group would be every node's: that is dropped.
        let nearly = Mac(a.mac.0.map(|b| b ^ 0x10));
        out.push(udp(nearly, a.from, a.vip, a.from_ip, len)?);
        out.push(tagged(
            udp(group, a.from, a.vip, a.from_ip, len)?,
            0x8100,
            5,
        ));
        out.push(tagged(
            udp(group, a.from, a.vip, a.from_ip, len)?,
            0x8100,
            7,
        ));
        out.push(v6(group, a.from, 2, len)?);
        out.push(ethernet(group, a.from, 0x88b5, &body(len.max(46))));
    }
    Ok(out)
}

/// Whole frames for the cluster, then cut anywhere and with some bits turned.
fn fuzz(a: &Args) -> Outcome<Vec<Vec<u8>>> {
    let group = a.mac.group();
    let mut whole = vec![
        udp(group, a.from, a.vip, a.from_ip, 40)?,
        tcp(group, a.from, a.vip, a.from_ip, 40)?,
        arp(BROADCAST, 1, a.from, a.from_ip, a.vip),
        arp(group, 2, a.from, a.from_ip, a.vip),
        arp(BROADCAST, 1, a.from, a.vip, a.vip),
        v6(group, a.from, 2, 40)?,
    ];
    // An ICMP error about a packet of the cluster's, whose client stands in the quotation.
    let quoted = udp(a.from, a.mac, a.from_ip, a.vip, 8)?;
    let mut error = Vec::new();
    PacketBuilder::ethernet2(a.from.0, group.0)
        .ipv4(a.to_ip.octets(), a.vip.octets(), 64)
        .icmpv4_raw(3, 4, [0, 0, 4, 0])
        .write(&mut error, &quoted[14..])
        .map_err(|e| e.to_string())?;
    whole.push(error);
    let mut random = Random(1);
    let mut out = Vec::new();
    while out.len() < a.count {
        let mut frame = whole[random.below(whole.len() as u64) as usize].clone();
        for _ in 0..random.below(4) {
            // Mostly in the headers.
            let at = 12 + random.below(50) as usize;
            frame = bent(frame, at, 1 << random.below(8));
        }
        if random.below(3) == 0 {
            frame.truncate(14 + random.below(frame.len() as u64 - 14) as usize);
        }
        if random.below(8) == 0 {
            frame = tagged(frame, 0x8100, random.below(4096) as u16);
        }
        out.push(frame);
    }
    Ok(out)
}

pub fn run(args: &Args) -> Outcome {
    let frames = match args.kind {
        Kind::Rx => [common(args)?, near(args)?].concat(),
        Kind::Tx => common(args)?,
        Kind::Fuzz => fuzz(args)?,
    };
    let file = File::create(&args.out).map_err(|e| format!("{}: {e}", args.out))?;
    let mut writer = Writer::new(BufWriter::new(file))?;
    for bytes in frames {
        let len = bytes.len();
        writer.record(&Record {
            dev: "corpus".into(),
            nanoseconds: 0,
            pkt_type: 4,
            len,
            bytes,
        })?;
    }
    writer.finish(0)
}
