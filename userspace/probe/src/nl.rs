// SPDX-License-Identifier: GPL-2.0-only

//! One raw request to the family, as right or as wrong as it is asked for.
//!
//! Numbers are those of Documentation/netlink/specs/ssi.yaml, typed by hand, so that they are a
//! check on the generated ones.

use crate::attribute::attribute;
use crate::attribute::find;
use crate::attribute::name_of;
use crate::attribute::parse_attributes;
use crate::attribute::position;
use crate::outcome::Outcome;
use crate::sys;
use std::io;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;

const OPERATIONS: [&str; 14] = [
    "cluster-new",
    "cluster-set",
    "cluster-del",
    "cluster-get",
    "table-get",
    "table-set",
    "stats-get",
    "bucket-stats-get",
    "cluster-new-ntf",
    "cluster-set-ntf",
    "cluster-del-ntf",
    "peer-get",
    "settle",
    "lease-renew",
];

#[derive(clap::Args)]
pub struct Args {
    /// Name or number of the operation; `-`: each line of the standard input is one with its attributes.
    operation: String,
    /// NAME=KIND:VALUE, KIND one of u8 u16 u32 u64 str hex bits fill vip nest dev. NAME is a name or a number.
    /// `bits:K:LIST` is an owned bitmap, `fill:N` N bytes, `vip:ADDRESS` a nested address, `nest:NUMBER:HEX` a nest
    /// of one attribute, `dev:NAME` an
    /// interface's index.
    attributes: Vec<String>,
    /// Ask for a dump.
    #[arg(long)]
    dump: bool,
    /// Cut so many bytes off the end of the message.
    #[arg(long, default_value_t = 0)]
    cut: usize,
    /// Let the first attribute claim this length.
    #[arg(long)]
    claim: Option<u16>,
}

pub struct Family {
    socket: OwnedFd,
    id: u16,
    seq: u32,
}

/// The kernel's answer to a request.
pub struct Reply {
    pub errno: i32,
    pub sentence: String,
    /// Number of the attribute that the kernel calls missing, and the place in the message of the
    /// one at fault (NLMSGERR_ATTR_MISS_TYPE, NLMSGERR_ATTR_OFFS).
    pub missing: Option<u32>,
    pub fault: Option<u32>,
    /// Payloads behind the generic netlink header.
    pub messages: Vec<Vec<u8>>,
}

impl Family {
    pub fn open() -> Outcome<Self> {
        let mut family = Self {
            socket: sys::genl_socket()?,
            id: 16,
            seq: 0,
        };
        // CTRL_CMD_GETFAMILY with CTRL_ATTR_FAMILY_NAME.
        let reply = family.request(3, &attribute(2, b"ssi\0"), false)?;
        let id = reply
            .messages
            .first()
            .and_then(|m| find(m, 1))
            .and_then(|v| v.try_into().ok());
        match id {
            Some(id) => family.id = u16::from_ne_bytes(id),
            None => return Err("no netlink family \"ssi\": is the module loaded?".into()),
        }
        Ok(family)
    }

    pub fn request(&mut self, operation: u8, body: &[u8], dump: bool) -> Outcome<Reply> {
        self.seq += 1;
        let flags: u16 = if dump { 0x301 } else { 0x5 };
        let len = (20 + body.len()) as u32;
        let mut message = len.to_ne_bytes().to_vec();
        message.extend(self.id.to_ne_bytes());
        message.extend(flags.to_ne_bytes());
        message.extend(self.seq.to_ne_bytes());
        message.extend([0, 0, 0, 0, operation, 1, 0, 0]);
        message.extend(body);
        let failed = |e: io::Error| format!("netlink: {e}");
        sys::send(self.socket.as_raw_fd(), &message).map_err(failed)?;
        let mut reply = Reply {
            errno: 0,
            sentence: String::new(),
            missing: None,
            fault: None,
            messages: Vec::new(),
        };
        let mut buf = vec![0; 1 << 17];
        loop {
            let got = sys::receive(self.socket.as_raw_fd(), &mut buf, 0).map_err(failed)?;
            if self.take(&buf[..got], &mut reply) {
                return Ok(reply);
            }
        }
    }

    /// Takes the messages of one datagram; true when the last one was among them.
    fn take(&self, mut bytes: &[u8], reply: &mut Reply) -> bool {
        while bytes.len() >= 16 {
            let number = |at: usize| u32::from_ne_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
            let len = (number(0) as usize).clamp(16, bytes.len());
            let (kind, flags) = (number(4) as u16, (number(4) >> 16) as u16);
            let body = &bytes[16..len];
            // NLMSG_ERROR (an acknowledgement too) and NLMSG_DONE.
            if kind == 2 || kind == 3 {
                let errno = body.first_chunk().map_or(0, |b| i32::from_ne_bytes(*b));
                reply.errno = -errno;
                // The request's header comes back with an error (NETLINK_CAP_ACK cuts the rest off).
                let tlvs = body.get(if kind == 2 { 20 } else { 4 }..).unwrap_or(&[]);
                if flags & 0x200 != 0 {
                    let text = find(tlvs, 1).unwrap_or(&[]);
                    let text = text.split(|&b| b == 0).next().unwrap_or(&[]);
                    reply.sentence = String::from_utf8_lossy(text).into_owned();
                    let number = |n| find(tlvs, n)?.try_into().ok().map(u32::from_ne_bytes);
                    (reply.fault, reply.missing) = (number(2), number(5));
                }
                return true;
            }
            reply.messages.push(body.get(4..).unwrap_or(&[]).to_vec());
            bytes = bytes.get(len.next_multiple_of(4)..).unwrap_or(&[]);
        }
        false
    }
}

/// The generation of a cluster's table; `name` is the attribute.
pub fn generation(family: &mut Family, name: &[u8]) -> Outcome<u64> {
    const GENERATION: u16 = 16;
    let reply = family.request(operation("table-get")?, name, false)?;
    let value = reply.messages.first().and_then(|m| find(m, GENERATION));
    let value = value
        .and_then(|v| v.try_into().ok())
        .map(u64::from_ne_bytes);
    value.ok_or_else(|| format!("the table has no generation: {}", reply.sentence))
}

pub fn operation(text: &str) -> Outcome<u8> {
    position(&OPERATIONS, text).map(|n| n as u8)
}

/// What the kernel finds missing, and which of the attributes given it finds at fault: by its place in the
/// message, which begins with 20 bytes of headers.
fn about(reply: &Reply, body: &[u8], given: &[String]) -> String {
    let mut about = String::new();
    if let Some(number) = reply.missing {
        about += &format!("; missing: {}", name_of(number));
    }
    let mut at = 20;
    for text in given.iter().filter(|_| reply.fault.is_some()) {
        if reply.fault == Some(at) {
            about += &format!("; at fault: {text}");
        }
        let length = body
            .get(at as usize - 20..)
            .and_then(|rest| rest.first_chunk());
        at += length.map_or(4, |l| u32::from(u16::from_ne_bytes(*l)).next_multiple_of(4));
    }
    about
}

/// Sends the requests of the lines, and ends with the first that is refused.
fn run_lines() -> Outcome {
    let mut family = Family::open()?;
    let mut done = 0;
    for line in io::stdin().lines() {
        let line = line.map_err(|e| format!("stdin: {e}"))?;
        let fields: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        let Some((first, attributes)) = fields.split_first() else {
            continue;
        };
        let body = parse_attributes(attributes)?;
        let reply = family.request(operation(first)?, &body, false)?;
        if reply.errno != 0 {
            return Err(format!("\"{line}\" is refused: {}", reply.sentence));
        }
        done += 1;
    }
    println!("done, {done} requests");
    Ok(())
}

pub fn run(args: &Args) -> Outcome {
    if args.operation == "-" {
        return run_lines();
    }
    let mut body = parse_attributes(&args.attributes)?;
    if let (Some(len), true) = (args.claim, body.len() >= 2) {
        body[..2].copy_from_slice(&len.to_ne_bytes());
    }
    body.truncate(body.len().saturating_sub(args.cut));
    let reply = Family::open()?.request(operation(&args.operation)?, &body, args.dump)?;
    if reply.errno != 0 {
        let error = io::Error::from_raw_os_error(reply.errno);
        let about = about(&reply, &body, &args.attributes);
        return Err(format!("refused: {} ({error}{about})", reply.sentence));
    }
    println!("done, {} messages", reply.messages.len());
    Ok(())
}
