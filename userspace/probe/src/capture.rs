// SPDX-License-Identifier: GPL-2.0-only

//! Records frames until it is stopped.
//!
//! Without `--ethertype` frames are seen as they arrive, before any filter. A packet socket of one
//! ethertype is served after rx_handler and ingress hook: it sees what a filter let through, and
//! with which packet type.

use crate::outcome::Outcome;
use crate::pcapng::Record;
use crate::pcapng::Writer;
use crate::sys;
use crate::sys::packet;
use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    out: String,
    /// Interface; without one, all of the namespace.
    #[arg(long)]
    dev: Option<String>,
    /// Only these ethertypes (hexadecimal, with commas), as the protocols of the stack get them.
    #[arg(long, value_delimiter = ',')]
    ethertype: Vec<String>,
    /// Bytes kept of each frame.
    #[arg(long, default_value_t = 192)]
    snap: usize,
    /// Frames that leave as well.
    #[arg(long)]
    both: bool,
    /// Seconds after which to stop by itself.
    #[arg(long, default_value_t = 1800)]
    seconds: u64,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

const ETH_P_ALL: u16 = 3;

fn open(args: &Args) -> Outcome<Vec<OwnedFd>> {
    let index = args.dev.as_deref().map_or(Ok(0), sys::if_index)?;
    let mut types = Vec::new();
    for text in &args.ethertype {
        let digits = text.trim_start_matches("0x");
        let number = u16::from_str_radix(digits, 16);
        types.push(number.map_err(|e| format!("ethertype \"{text}\": {e}"))?);
    }
    if types.is_empty() {
        types.push(ETH_P_ALL);
    }
    let on: libc::c_int = 1;
    let mut sockets = Vec::new();
    for ethertype in types {
        let s = packet::packet_socket(ethertype, index)?;
        sys::set_option(s.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_AUXDATA, &on)?;
        if !args.both {
            let option = libc::PACKET_IGNORE_OUTGOING;
            sys::set_option(s.as_raw_fd(), libc::SOL_PACKET, option, &on)?;
        }
        sockets.push(s);
    }
    Ok(sockets)
}

struct Recorder<'a> {
    args: &'a Args,
    writer: Writer<BufWriter<File>>,
    names: HashMap<u32, String>,
    buf: Vec<u8>,
}

impl Recorder<'_> {
    /// Takes all that is queued.
    fn drain(&mut self, socket: &OwnedFd) -> Outcome {
        while let Some(info) = packet::receive_frame(socket.as_raw_fd(), &mut self.buf)? {
            let mut bytes = self.buf[..info.len.min(self.buf.len())].to_vec();
            let mut len = info.len;
            // The kernel takes the tag out of the frame and hands it over apart.
            if let (Some((tpid, tci)), true) = (info.vlan, bytes.len() >= 12) {
                let tag = [tpid.to_be_bytes(), tci.to_be_bytes()].concat();
                bytes.splice(12..12, tag);
                len += 4;
            }
            bytes.truncate(self.args.snap);
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            self.writer.record(&Record {
                dev: self
                    .names
                    .entry(info.ifindex)
                    .or_insert_with(|| sys::if_name(info.ifindex))
                    .clone(),
                nanoseconds: now.map_or(0, |d| d.as_nanos() as u64),
                pkt_type: info.pkt_type,
                len,
                bytes,
            })?;
        }
        Ok(())
    }
}

pub fn run(args: &Args) -> Outcome {
    let sockets = open(args)?;
    let file = File::create(&args.out).map_err(|e| format!("{}: {e}", args.out))?;
    let mut recorder = Recorder {
        args,
        writer: Writer::new(BufWriter::new(file))?,
        names: HashMap::new(),
        buf: vec![0; args.snap.max(64)],
    };
    // Blocked before anybody can know our pid, so that no signal finds us without a handler.
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    let mut fds = vec![end.as_raw_fd()];
    fds.extend(sockets.iter().map(AsRawFd::as_raw_fd));
    let deadline = Instant::now() + Duration::from_secs(args.seconds);
    let mut ended = false;
    while !ended && Instant::now() < deadline {
        ended = sys::poll(&fds, 1000)?[0];
        // What came before the signal is in the queues by now: it is taken too.
        for s in &sockets {
            recorder.drain(s)?;
        }
    }
    let mut lost = 0;
    for s in &sockets {
        lost += u64::from(packet::packet_statistics(s.as_raw_fd())?.1);
    }
    recorder.writer.finish(lost)
}
