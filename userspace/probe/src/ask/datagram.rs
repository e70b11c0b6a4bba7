// SPDX-License-Identifier: GPL-2.0-only

//! UDP and ping requests from many source addresses, many in flight.

use crate::ask::args::Args;
use crate::ask::args::Proto;
use crate::ask::report::Asked;
use crate::ask::report::Report;
use crate::message;
use crate::outcome::Outcome;
use crate::sys;
use crate::sys::ready::Ready;
use socket2::Protocol;
use socket2::Type;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::time::Duration;
use std::time::Instant;

/// A socket that talks from one source to the cluster only.
fn datagram_socket(args: &Args, source: IpAddr) -> std::io::Result<UdpSocket> {
    let icmp = match source {
        IpAddr::V4(_) => Protocol::ICMPV4,
        IpAddr::V6(_) => Protocol::ICMPV6,
    };
    let protocol = (args.proto == Proto::Ping).then_some(icmp);
    let s = sys::bound(Type::DGRAM, protocol, (source, 0).into())?;
    s.connect(&args.to.into())?;
    s.set_nonblocking(true)?;
    Ok(s.into())
}

/// What an echo and its answer begin with (RFC 792, RFC 4443).
fn echo(args: &Args) -> (u8, u8) {
    if args.to.is_ipv4() {
        (8, 0)
    } else {
        (128, 129)
    }
}

fn request(args: &Args, number: u64) -> Vec<u8> {
    let kind = echo(args).0;
    let echo: &[u8] = if args.proto == Proto::Ping {
        &[kind, 0, 0, 0, 0, 0, 0, 1]
    } else {
        &[]
    };
    [echo, &number.to_be_bytes()].concat()
}

fn parse(args: &Args, datagram: &[u8]) -> Option<(u64, String)> {
    if args.proto == Proto::Udp {
        return message::parse_answer(datagram);
    }
    let number = datagram.get(8..16)?.try_into().ok()?;
    (datagram[0] == echo(args).1).then(|| (u64::from_be_bytes(number), "echo".to_owned()))
}

/// What was sent and what came back.
struct Inquiry<'a> {
    args: &'a Args,
    sockets: Vec<UdpSocket>,
    ready: Ready,
    /// Next request; request `n` is of source `n mod sources`.
    next: usize,
    /// How often each request was answered.
    times: Vec<u32>,
    /// Each source's answering nodes.
    answers: Vec<BTreeMap<String, u32>>,
    /// Requests that are waited for, and until when.
    flying: VecDeque<(usize, Instant)>,
}

impl<'a> Inquiry<'a> {
    fn new(args: &'a Args) -> Outcome<Self> {
        let ready = Ready::new()?;
        let mut sockets = Vec::new();
        for (i, &source) in args.sources.addresses().iter().enumerate() {
            let s = datagram_socket(args, source).map_err(|e| format!("{source}: {e}"))?;
            ready.add(s.as_raw_fd(), i as u64, false)?;
            sockets.push(s);
        }
        Ok(Self {
            args,
            ready,
            next: 0,
            times: vec![0; sockets.len() * args.rounds as usize],
            answers: vec![BTreeMap::new(); sockets.len()],
            flying: VecDeque::new(),
            sockets,
        })
    }

    fn all_sent(&self) -> bool {
        self.next == self.times.len()
    }

    /// Fills the window.
    fn send(&mut self, report: &mut Report) {
        while !self.all_sent() && self.flying.len() < self.args.window {
            let i = self.next % self.sockets.len();
            let deadline = Instant::now() + Duration::from_millis(self.args.timeout);
            if let Err(e) = self.sockets[i].send(&request(self.args, self.next as u64)) {
                let source = self.args.sources.addresses()[i];
                report.errors.insert(source, e.to_string());
            }
            self.flying.push_back((self.next, deadline));
            self.next += 1;
        }
        let (times, now) = (&self.times, Instant::now());
        self.flying
            .retain(|&(id, deadline)| times[id] == 0 && deadline > now);
    }

    /// Takes what comes until then; whether anything came.
    fn receive(&mut self, until: Instant, report: &mut Report) -> Outcome<bool> {
        let wait = until.saturating_duration_since(Instant::now());
        let tokens = self.ready.wait(wait.as_micros().div_ceil(1000) as i32)?;
        let mut buf = [0; 2048];
        for &token in &tokens {
            let i = token as usize;
            let fault = loop {
                match self.sockets[i].recv(&mut buf) {
                    Ok(len) => match parse(self.args, &buf[..len]) {
                        Some((id, node)) if (id as usize) < self.next => {
                            self.times[id as usize] += 1;
                            *self.answers[i].entry(node).or_default() += 1;
                        }
                        _ => break format!("{len} bytes that answer nothing"),
                    },
                    Err(e) if e.kind() == ErrorKind::WouldBlock => break String::new(),
                    Err(e) => break e.to_string(),
                }
            };
            if !fault.is_empty() {
                report
                    .errors
                    .insert(self.args.sources.addresses()[i], fault);
            }
        }
        Ok(!tokens.is_empty())
    }
}

pub fn ask(args: &Args, report: &mut Report) -> Outcome {
    let settle = Duration::from_millis(args.settle);
    let mut inquiry = Inquiry::new(args)?;
    let mut quiet_since = Instant::now();
    loop {
        inquiry.send(report);
        let now = Instant::now();
        // Even where there is room for more, answers are taken: a slow machine always has room.
        let until = match inquiry.flying.front() {
            _ if !inquiry.all_sent() && inquiry.flying.len() < args.window => now,
            Some(&(_, deadline)) => deadline,
            None => quiet_since + settle,
        };
        let done = inquiry.all_sent() && inquiry.flying.is_empty();
        let received = inquiry.receive(until, report)?;
        if received || !done {
            quiet_since = Instant::now();
        } else if quiet_since.elapsed() >= settle {
            break;
        }
    }
    let Inquiry { times, answers, .. } = inquiry;
    let sources = args.sources.addresses();
    for ((i, source), answers) in sources.iter().enumerate().zip(answers) {
        let mine = || times.iter().skip(i).step_by(sources.len());
        let asked = Asked {
            asked: args.rounds,
            answers,
            missing: mine().filter(|&&n| n == 0).count() as u32,
            repeated: mine().filter(|&&n| n > 1).count() as u32,
        };
        report.sources.insert(*source, asked);
    }
    Ok(())
}
