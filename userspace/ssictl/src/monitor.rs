// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl monitor`: one line an event, written at once.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use ssi_cluster::failure::Failure;
use ssi_cluster::system;
use ssi_netlink::spec::{Op, Reason};
use ssi_netlink::{Client, Error};

use crate::output::{Output, Text};
use crate::value::list;
use crate::view::cluster::Cluster;

/// An event. Its name is the operation's without the closing `-ntf`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    event: &'static str,
    /// Seconds since 1970.
    time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    about: Option<About>,
}

/// What an event is about.
#[derive(Serialize)]
#[serde(untagged)]
enum About {
    Cluster(Box<Cluster>),
    Drained(Drained),
}

/// Buckets that are drained.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Drained {
    name: String,
    generation: u64,
    buckets: u32,
    drained: String,
}

impl Event {
    /// One that the kernel sent.
    pub fn of(event: &ssi_netlink::Event) -> Self {
        let (op, reason, about) = match event {
            ssi_netlink::Event::Cluster { op, cluster } => (
                *op,
                cluster.reason,
                About::Cluster(Box::new(Cluster::new(cluster, system::device))),
            ),
            ssi_netlink::Event::Drained(drained) => (
                Op::DrainedNtf,
                Some(drained.reason),
                About::Drained(Drained {
                    name: drained.name.clone(),
                    generation: drained.generation,
                    buckets: drained.buckets,
                    drained: list(&drained.drained, drained.buckets),
                }),
            ),
        };
        let name = op.name();
        Self {
            event: name.strip_suffix("-ntf").unwrap_or(name),
            time: now(),
            reason: reason.map(Reason::name),
            about: Some(about),
        }
    }

    /// Stands for others that were lost.
    pub fn lost() -> Self {
        Self {
            event: "lost",
            time: now(),
            reason: None,
            about: None,
        }
    }
}

impl Text for Event {
    fn text(&self) -> String {
        let reason = match self.reason {
            Some(reason) => format!(" ({reason})"),
            None => String::new(),
        };
        match &self.about {
            Some(About::Cluster(cluster)) => {
                format!("{} {}{reason}\n", self.event, cluster.brief())
            }
            Some(About::Drained(drained)) => format!(
                "{} {} generation {} buckets {}{reason}\n",
                self.event, drained.name, drained.generation, drained.drained
            ),
            None => format!("{}: events came faster than they were read\n", self.event),
        }
    }
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64())
}

/// Shows events until it is interrupted or the reader has gone.
pub fn run(output: Output) -> Result<(), Failure> {
    let interrupted = signals()?;
    let mut events = Client::open()?.events()?;
    while wait(&[events.as_fd()], &interrupted, None)? {
        match events.wait() {
            Ok(list) => list
                .iter()
                .try_for_each(|event| output.line(&Event::of(event)))?,
            Err(Error::Lost) => output.line(&Event::lost())?,
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// What can be read from once somebody wants this to end.
pub fn signals() -> Result<UnixStream, Failure> {
    // A script's background jobs start with SIGINT ignored; here it is the way to end, so it is handled.
    let (interrupted, signals) = UnixStream::pair().map_err(listening)?;
    for signal in [SIGINT, SIGTERM] {
        let signals = signals.try_clone().map_err(listening)?;
        pipe::register(signal, signals).map_err(listening)?;
    }
    Ok(interrupted)
}

fn listening(error: io::Error) -> Failure {
    Failure::Refused(format!("listening for signals: {error}"))
}

/// Waits until there is something to read in one of them, at most so long; false when it is time to end. The reader may go while there
/// is none, so that no writing would fail.
pub fn wait(
    events: &[BorrowedFd<'_>],
    interrupted: &UnixStream,
    at_most: Option<Duration>,
) -> Result<bool, Failure> {
    let at_most = at_most.and_then(|time| Timespec::try_from(time).ok());
    let stdout = io::stdout();
    let mut fds = vec![
        PollFd::new(interrupted, PollFlags::IN),
        PollFd::new(&stdout, PollFlags::empty()),
    ];
    fds.extend(events.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
    loop {
        match poll(&mut fds, at_most.as_ref()) {
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(e) => return Err(Failure::Refused(format!("waiting for events: {e}"))),
        }
    }
    let [interrupted, reader, ..] = fds.as_slice() else {
        return Ok(false);
    };
    Ok(interrupted.revents().is_empty() && !reader.revents().contains(PollFlags::ERR))
}
