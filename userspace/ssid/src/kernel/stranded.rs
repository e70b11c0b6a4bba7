// SPDX-License-Identifier: GPL-2.0-only

//! Ends sessions that are served no more, so that their clients notice and come back at once.
//!
//! A bucket that was given up at a deadline may have sessions left. Their sockets are here, and nobody hears what their clients
//! send; a client that only waits would do so for ever. The kernel ends each by a reset. A thread of its own, since there may
//! be many, and renewals of the lease are not to wait for them.

use std::sync::mpsc;
use std::time::Duration;

use ssi_cluster::stranded::{Ended, end};
use ssi_cluster::system::Live;
use ssi_protocol::Buckets;

use crate::log_kind::LogKind;

/// Something to be done.
enum Job {
    /// Sessions that are left in these buckets.
    End(Buckets),
    /// To be answered when all before it is done.
    Answer(mpsc::Sender<()>),
}

/// What gives the thread something to do.
#[derive(Clone)]
pub struct Stranded(mpsc::Sender<Job>);

impl Stranded {
    /// Of a cluster; what is given back is to be run.
    pub fn new(name: &str) -> (Self, impl FnOnce() + Send + use<>) {
        let (jobs, received) = mpsc::channel();
        let name = name.to_owned();
        (Self(jobs), move || run(&name, &received))
    }

    /// Sessions in those of these buckets that this node neither has nor drains are to end.
    pub fn end(&self, buckets: Buckets) {
        // The thread ends when the loop has.
        let _ = self.0.send(Job::End(buckets));
    }

    /// Waits until all that was given is done, for so long at most.
    pub fn wait(&self, limit: Duration) {
        let (answer, answered) = mpsc::channel();
        if self.0.send(Job::Answer(answer)).is_ok() {
            let _ = answered.recv_timeout(limit);
        }
    }
}

fn run(name: &str, jobs: &mpsc::Receiver<Job>) {
    let mut system = Live::default();
    while let Ok(job) = jobs.recv() {
        match job {
            Job::End(buckets) => match end(&mut system, name, &buckets.to_bitmap()) {
                Ok(Ended { sessions: 0, .. }) => {}
                Ok(Ended { sessions, clients }) => LogKind::Reset.log(format_args!(
                    "{sessions} sessions of {clients} clients were reset, in buckets that others serve"
                )),
                Err(e) => {
                    // The module may have been loaded again.
                    system = Live::default();
                    LogKind::NotReset.log(format_args!(
                        "{name}: {e}; clients whose sessions are served no more notice when they send something"
                    ));
                }
            },
            Job::Answer(answer) => {
                let _ = answer.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_answered_after_what_was_given_before() {
        let (stranded, run) = Stranded::new("store");
        let thread = std::thread::spawn(run);
        stranded.end(Buckets::of(3, 0..3));
        stranded.wait(Duration::from_secs(20));
        drop(stranded);
        thread.join().unwrap();
        let (gone, _) = Stranded::new("store");
        gone.wait(Duration::ZERO);
    }
}
