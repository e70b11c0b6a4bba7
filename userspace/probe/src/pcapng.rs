// SPDX-License-Identifier: GPL-2.0-only

//! Captures as files that tcpdump and Wireshark read too.
//!
//! The little of pcapng that is needed: section, interface, enhanced packet and statistics blocks.
//! <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html>

use crate::outcome::Outcome;
use std::fs;
use std::io::Write;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;
const PACKET: u32 = 6;

#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Interface name.
    pub dev: String,
    pub nanoseconds: u64,
    /// `PACKET_HOST` 0, `_BROADCAST` 1, `_MULTICAST` 2, `_OTHERHOST` 3, `_OUTGOING` 4.
    pub pkt_type: u8,
    /// Length on the wire; `bytes` may be cut.
    pub len: usize,
    pub bytes: Vec<u8>,
}

/// Our packet types as epb_flags and back: direction in bits 0–1, reception in bits 2–4.
const FLAGS: [u32; 5] = [(1 << 2) | 1, (3 << 2) | 1, (2 << 2) | 1, (4 << 2) | 1, 2];

fn option(block: &mut Vec<u8>, code: u16, value: &[u8]) {
    block.extend(code.to_le_bytes());
    block.extend((value.len() as u16).to_le_bytes());
    block.extend(value);
    pad(block);
}

fn pad(block: &mut Vec<u8>) {
    block.resize(block.len().next_multiple_of(4), 0);
}

pub struct Writer<W> {
    to: W,
    devices: Vec<String>,
}

impl<W: Write> Writer<W> {
    pub fn new(to: W) -> Outcome<Self> {
        let mut w = Self {
            to,
            devices: Vec::new(),
        };
        let mut head = Vec::new();
        head.extend(0x1a2b_3c4d_u32.to_le_bytes());
        head.extend([1, 0, 0, 0]);
        head.extend(u64::MAX.to_le_bytes());
        w.block(SECTION, &head)?;
        Ok(w)
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> Outcome {
        let len = (body.len() as u32 + 12).to_le_bytes();
        let all = [&kind.to_le_bytes()[..], &len, body, &len].concat();
        self.to
            .write_all(&all)
            .map_err(|e| format!("writing the capture: {e}"))
    }

    fn device(&mut self, dev: &str) -> Outcome<u32> {
        if let Some(at) = self.devices.iter().position(|d| d == dev) {
            return Ok(at as u32);
        }
        // Link type 1 is Ethernet; snapshot length 0 is "no limit".
        let mut body = vec![1, 0, 0, 0, 0, 0, 0, 0];
        option(&mut body, 2, dev.as_bytes());
        option(&mut body, 9, &[9]);
        option(&mut body, 0, &[]);
        self.block(INTERFACE, &body)?;
        self.devices.push(dev.to_owned());
        Ok(self.devices.len() as u32 - 1)
    }

    pub fn record(&mut self, r: &Record) -> Outcome {
        let mut body = self.device(&r.dev)?.to_le_bytes().to_vec();
        body.extend(((r.nanoseconds >> 32) as u32).to_le_bytes());
        body.extend((r.nanoseconds as u32).to_le_bytes());
        body.extend((r.bytes.len() as u32).to_le_bytes());
        body.extend((r.len as u32).to_le_bytes());
        body.extend(&r.bytes);
        pad(&mut body);
        let flags = FLAGS.get(usize::from(r.pkt_type)).copied().unwrap_or(0);
        option(&mut body, 2, &flags.to_le_bytes());
        option(&mut body, 0, &[]);
        self.block(PACKET, &body)
    }

    /// Closes the file with the number of frames that the kernel had no room for.
    pub fn finish(&mut self, lost: u64) -> Outcome {
        let dev = self
            .devices
            .first()
            .cloned()
            .unwrap_or_else(|| "none".into());
        let mut body = self.device(&dev)?.to_le_bytes().to_vec();
        body.extend([0; 8]);
        option(&mut body, 5, &lost.to_le_bytes());
        option(&mut body, 0, &[]);
        self.block(STATISTICS, &body)?;
        self.to
            .flush()
            .map_err(|e| format!("writing the capture: {e}"))
    }
}

fn u16_at(b: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(b.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(b: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(b.get(at..at + 4)?.try_into().ok()?))
}

fn find_option(mut b: &[u8], code: u16) -> Option<&[u8]> {
    loop {
        let (this, len) = (u16_at(b, 0)?, usize::from(u16_at(b, 2)?));
        if this == code {
            return b.get(4..4 + len);
        }
        if this == 0 {
            return None;
        }
        b = b.get(4 + len.next_multiple_of(4)..)?;
    }
}

fn parse_packet(body: &[u8], devices: &[String]) -> Option<Record> {
    let dev = devices.get(u32_at(body, 0)? as usize)?.clone();
    let nanoseconds = (u64::from(u32_at(body, 4)?) << 32) | u64::from(u32_at(body, 8)?);
    let (kept, len) = (u32_at(body, 12)? as usize, u32_at(body, 16)? as usize);
    let bytes = body.get(20..20 + kept)?.to_vec();
    let flags = find_option(&body[20 + kept.next_multiple_of(4)..], 2).and_then(|f| u32_at(f, 0));
    let pkt_type = FLAGS.iter().position(|f| Some(*f) == flags).unwrap_or(0) as u8;
    Some(Record {
        dev,
        nanoseconds,
        pkt_type,
        len,
        bytes,
    })
}

fn parse(file: &[u8]) -> Option<(Vec<Record>, Option<u64>)> {
    let (mut devices, mut records, mut lost) = (Vec::new(), Vec::new(), None);
    let mut at = 0;
    while at < file.len() {
        let (kind, len) = (u32_at(file, at)?, u32_at(file, at + 4)? as usize);
        let body = file.get(at..at + len)?.get(8..len - 4)?;
        match kind {
            INTERFACE => {
                let name = find_option(body.get(8..)?, 2)?;
                devices.push(String::from_utf8_lossy(name).into_owned());
            }
            PACKET => records.push(parse_packet(body, &devices)?),
            STATISTICS => {
                let n = find_option(body.get(12..)?, 5)?;
                lost = Some(u64::from_le_bytes(n.try_into().ok()?));
            }
            _ => {}
        }
        at += len;
    }
    Some((records, lost))
}

/// All frames; a capture with a loss, or one that was not closed, proves nothing and is refused.
pub fn read(path: &str) -> Outcome<Vec<Record>> {
    let file = fs::read(path).map_err(|e| format!("{path}: {e}"))?;
    let (records, lost) = parse(&file).ok_or_else(|| format!("{path} is cut or no pcapng"))?;
    match lost {
        Some(0) => Ok(records),
        Some(n) => Err(format!("{path}: {n} frames were lost while capturing")),
        None => Err(format!("{path} was not closed by the one who captured")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back_as_it_went() {
        let record = |dev: &str, pkt_type, len| Record {
            dev: dev.into(),
            nanoseconds: 0x1234_5678_9abc,
            pkt_type,
            len,
            bytes: vec![7; len.min(61)],
        };
        let all = vec![
            record("p0", 0, 60),
            record("p1", 3, 61),
            record("p0", 4, 1500),
        ];
        let mut file = Vec::new();
        let mut w = Writer::new(&mut file).unwrap();
        for r in &all {
            w.record(r).unwrap();
        }
        w.finish(5).unwrap();
        assert_eq!(parse(&file), Some((all, Some(5))));
        assert_eq!(parse(&file[..file.len() - 1]), None);
    }
}
