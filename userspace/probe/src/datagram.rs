// SPDX-License-Identifier: GPL-2.0-only

//! UDP and ping requests from many source addresses, many in flight.

use crate::Outcome;
use crate::ask::Args;
use crate::ask::Asked;
use crate::ask::Proto;
use crate::ask::Report;
use crate::message;
use crate::sys::ready::Ready;
use socket2::Domain;
use socket2::Protocol;
use socket2::Socket;
use socket2::Type;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::net::SocketAddrV4;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::time::Duration;
use std::time::Instant;

/// A socket that talks from one source to the cluster only.
fn datagram_socket(args: &Args, source: Ipv4Addr) -> std::io::Result<UdpSocket> {
    let protocol = (args.proto == Proto::Ping).then_some(Protocol::ICMPV4);
    let s = Socket::new(Domain::IPV4, Type::DGRAM, protocol)?;
    s.bind(&SocketAddrV4::new(source, 0).into())?;
    s.connect(&args.to.into())?;
    s.set_nonblocking(true)?;
    Ok(s.into())
}

fn request(proto: Proto, number: u64) -> Vec<u8> {
    let echo: &[u8] = if proto == Proto::Ping {
        &[8, 0, 0, 0, 0, 0, 0, 1]
    } else {
        &[]
    };
    [echo, &number.to_be_bytes()].concat()
}

fn parse(proto: Proto, datagram: &[u8]) -> Option<(u64, String)> {
    if proto == Proto::Udp {
        return message::parse_answer(datagram);
    }
    let number = datagram.get(8..16)?.try_into().ok()?;
    (datagram[0] == 0).then(|| (u64::from_be_bytes(number), "echo".to_owned()))
}

pub fn ask(args: &Args, report: &mut Report) -> Outcome {
    let sources = args.sources.addresses();
    let rounds = args.rounds as usize;
    let ready = Ready::new()?;
    let mut sockets = Vec::new();
    for (i, &source) in sources.iter().enumerate() {
        let s = datagram_socket(args, source).map_err(|e| format!("{source}: {e}"))?;
        ready.add(s.as_raw_fd(), i as u64, false)?;
        sockets.push(s);
    }
    let mut answers: Vec<BTreeMap<String, u32>> = vec![BTreeMap::new(); sources.len()];
    // How often request `round * sources + source` was answered.
    let mut times = vec![0u32; sources.len() * rounds];
    let mut flying = VecDeque::new();
    let mut next = 0;
    let mut settle_until = None;
    let mut buf = [0; 2048];
    loop {
        while next < times.len() && flying.len() < args.window {
            let (i, sent) = (next % sources.len(), Instant::now());
            if let Err(e) = sockets[i].send(&request(args.proto, next as u64)) {
                report.errors.insert(sources[i], e.to_string());
            }
            flying.push_back((next, sent + Duration::from_millis(args.timeout)));
            next += 1;
        }
        let now = Instant::now();
        flying.retain(|&(id, deadline): &(usize, _)| times[id] == 0 && deadline > now);
        if next < times.len() && flying.len() < args.window {
            continue;
        }
        let until = match flying.front() {
            Some(&(_, deadline)) => deadline,
            None => *settle_until.get_or_insert(now + Duration::from_millis(args.settle)),
        };
        if flying.is_empty() && until <= now {
            break;
        }
        let wait = until.saturating_duration_since(now).as_millis() as i32 + 1;
        for token in ready.wait(wait)? {
            let i = token as usize;
            loop {
                match sockets[i].recv(&mut buf) {
                    Ok(len) => match parse(args.proto, &buf[..len]) {
                        Some((id, node)) if (id as usize) < next => {
                            times[id as usize] += 1;
                            *answers[i].entry(node).or_default() += 1;
                        }
                        _ => {
                            let what = format!("{len} bytes that answer nothing");
                            report.errors.insert(sources[i], what);
                        }
                    },
                    Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => break,
                    Err(e) => {
                        report.errors.insert(sources[i], e.to_string());
                        break;
                    }
                }
            }
        }
    }
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
