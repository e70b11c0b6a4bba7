// SPDX-License-Identifier: GPL-2.0-only

//! Ends sessions that are served no more, so that their clients notice and come back at once.
//!
//! A bucket that was given up at a deadline may have sessions left. Their sockets are here, and nobody hears what their clients
//! send; a client that only waits would do so for ever. The kernel ends each by a reset. A thread of its own, since there may
//! be many, and renewals of the lease are not to wait for them.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::time::Duration;

use ssi_cluster::sessions::{Clients, Role};
use ssi_cluster::system::{Live, System};
use ssi_netlink::Error;
use ssi_protocol::Buckets;
use tracing::{info, warn};

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
            Job::End(buckets) => match end(&mut system, name, &buckets) {
                Ok(Ended { sessions: 0, .. }) => {}
                Ok(Ended { sessions, clients }) => info!(
                    "{sessions} sessions of {clients} clients were reset, in buckets that others serve"
                ),
                Err(e) => {
                    // The module may have been loaded again.
                    system = Live::default();
                    warn!(
                        "{name}: {e}; clients whose sessions are served no more notice when they send something"
                    );
                }
            },
            Job::Answer(answer) => {
                let _ = answer.send(());
            }
        }
    }
}

/// How many were ended.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    sessions: usize,
    clients: usize,
}

/// Ends them. Sessions are listed before the table is read: a session of a bucket that is neither owned nor drained then began
/// before that, and nobody serves it, whatever comes to this node next.
fn end(system: &mut impl System, name: &str, buckets: &Buckets) -> Result<Ended, Error> {
    let cluster = system.cluster(name)?;
    let sessions = system.sessions(&cluster.vips)?;
    let table = system.table(name)?;
    let mut ended = Ended {
        sessions: 0,
        clients: 0,
    };
    let Some(distribution) = cluster.distribution() else {
        return Ok(ended);
    };
    if table.buckets != buckets.k() || cluster.buckets != buckets.k() {
        return Ok(ended);
    }
    let clients = Clients::new(&cluster, distribution);
    let mut seen = BTreeSet::new();
    for session in &sessions {
        let is_stranded = clients.bucket(session).is_some_and(|bucket| {
            buckets.contains(bucket) && Role::of(&table, bucket) == Role::Stranded
        });
        if is_stranded && system.end_session(session)? {
            ended.sessions = ended.sessions.saturating_add(1);
            seen.insert(session.remote.ip());
        }
    }
    ended.clients = seen.len();
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_cluster::fake::{Fake, sample};
    use ssi_netlink::NewTable;
    use ssi_netlink::sock_diag::Session;
    use ssi_netlink::spec::Function;

    /// Of three buckets this node has 1 and drains 0. Client 198.51.100.N is in bucket (N + 1) mod 3.
    fn fake() -> Fake {
        let mut fake = Fake::default();
        let cluster = sample(Function::Bitmap);
        fake.state
            .clusters
            .insert("store".into(), (cluster, vec![0b011]));
        fake.connections = Duration::from_secs(60);
        fake.replace_table(&NewTable {
            name: "store".into(),
            buckets: 3,
            owned: vec![0b010],
            generation: 9,
            ..NewTable::default()
        })
        .unwrap();
        fake.steps.clear();
        let ends = ["5:1", "6:1", "7:1", "7:2", "10:1"];
        fake.sessions = ends
            .map(|end| {
                let client = format!("198.51.100.{end}").parse().unwrap();
                Session::sample("192.0.2.10:2049".parse().unwrap(), client)
            })
            .into();
        fake
    }

    #[test]
    fn those_that_nobody_serves_end_and_no_others() {
        let mut fake = fake();
        let all = Buckets::of(3, 0..3);
        let ended = end(&mut fake, "store", &all).unwrap();
        assert_eq!(
            fake.steps,
            [
                "end 198.51.100.7:1",
                "end 198.51.100.7:2",
                "end 198.51.100.10:1"
            ]
        );
        let (sessions, clients) = (3, 2);
        assert_eq!(ended, Ended { sessions, clients });
        // What drains is served, what is owned too.
        assert_eq!(fake.sessions.len(), 2);
    }

    #[test]
    fn buckets_that_were_not_given_up_are_left_alone() {
        let mut fake = fake();
        end(&mut fake, "store", &Buckets::of(3, 0..2)).unwrap();
        // Another table is another's.
        end(&mut fake, "store", &Buckets::of(64, 0..64)).unwrap();
        assert!(fake.steps.is_empty());
        assert!(end(&mut fake, "web", &Buckets::of(3, 0..3)).is_err());
    }

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
