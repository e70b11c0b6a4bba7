// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl watch`: puts back addresses of a static cluster that somebody takes off this machine, and the cluster itself where it
//! went with its interface, and shows in what its nodes do not go together.

pub mod lines;
mod lost;
mod remake;

use std::net::IpAddr;
use std::os::fd::AsFd;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use logic::agreement::Differences;
use ssi_cluster::addresses;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::place;
use ssi_cluster::replies;
use ssi_cluster::system::{Live, System};
use ssi_netlink::route::Bound;
use ssi_netlink::route_events::RouteEvents;
use ssi_netlink::spec::Difference;
use ssi_netlink::{Client, Cluster};

use crate::monitor::{signals, wait};
use crate::output::Output;
use crate::peers::remarks;
use crate::watch::lost::{Fate, Lost};
use crate::watch::remake::Attempt;

pub use lines::{Agreement, Line, PutBack, Replies};
pub use remake::Remake;

/// So long an address has been missing before it is put back: `cluster del` takes addresses off before the cluster, and is
/// done within that.
const SETTLING: Duration = Duration::from_millis(200);

/// Watches until it is interrupted, the reader has gone, or the cluster has, and not with its interface.
pub fn run(system: &mut Live, output: Output, name: &str, remake: &Remake) -> Result<(), Failure> {
    let interrupted = signals()?;
    // First of all: there is no notification of what happened before.
    let mut changes = RouteEvents::open()?;
    let mut events = Client::open()?.events()?;
    let mut watch = Watch::default();
    let mut lost = Lost::default();
    loop {
        let pause = match watch.look(system, name) {
            Ok(lines) => {
                lost = Lost::default();
                lines.iter().try_for_each(|line| output.line(line))?;
                None
            }
            Err(failure) => {
                // The module may have been loaded anew since: then no event comes any more by the old subscription.
                let fresh = Client::open().and_then(Client::events);
                lost.read(&mut events, name)?;
                if lost.fate == Fate::Unknown {
                    // The kernel may be in the middle of it.
                    sleep(SETTLING);
                    lost.read(&mut events, name)?;
                }
                let Fate::WithInterface(was) = &lost.fate else {
                    return Err(failure);
                };
                let was = watch.with_seed(was);
                let path = remake.path(name, Path::new(place::FOLDER))?;
                let attempt = fresh.map_err(Failure::from).and_then(|fresh| {
                    events = fresh;
                    *system = Live::default();
                    remake.run(system, name, &path, &was)
                });
                match attempt {
                    Ok(Attempt::Made(made)) => {
                        (watch, lost) = (Watch::default(), Lost::default());
                        output.line(&Line::Made(made))?;
                        continue;
                    }
                    Ok(Attempt::Waits(interface)) => {
                        lost.waits(name, &interface, &path);
                        None
                    }
                    Err(failure) => Some(lost.failed(name, &failure)),
                }
            }
        };
        // After a failure by time, as an attempt has events of its own.
        let wanted = [changes.as_fd(), events.as_fd()];
        let wanted = if pause.is_none() { &wanted[..] } else { &[] };
        if !wait(wanted, &interrupted, pause)? {
            return Ok(());
        }
        sleep(SETTLING);
        changes.there()?;
        lost.read(&mut events, name)?;
    }
}

/// The cluster's addresses as they were last, and in what its nodes did not go together.
#[derive(Default)]
struct Watch {
    known: Vec<Bound>,
    /// With the interface its routes go down, those by a gateway that was given as well.
    gateways: Vec<IpAddr>,
    differs: u32,
    /// The hash's, which no event has, as anybody may read those.
    seed: Option<[u8; 16]>,
}

impl Watch {
    /// Looks after the addresses, then at the nodes.
    fn look(&mut self, system: &mut impl System, name: &str) -> Result<Vec<Line>, Failure> {
        let refused = |e| Failure::refused(name, &e);
        let cluster = system.cluster(name).map_err(refused)?;
        self.seed = cluster.hash_seed;
        let put_back = self.put_back(system, name, &cluster)?;
        let mut lines: Vec<Line> = put_back.into_iter().map(Line::PutBack).collect();
        lines.extend(self.keep_replies(system, name, &cluster)?);
        if cluster.differs != self.differs {
            self.differs = cluster.differs;
            let peers = system.peers(name).map_err(refused)?;
            let differs = Differences(cluster.differs);
            lines.push(Line::Agreement(Agreement {
                cluster: name.to_owned(),
                differs: differs.iter().map(Difference::name).collect(),
                remarks: remarks(&cluster, &peers),
            }));
        }
        Ok(lines)
    }

    /// A cluster of an event, with the seed that it had.
    fn with_seed(&self, cluster: &Cluster) -> Cluster {
        Cluster {
            hash_seed: self.seed,
            ..cluster.clone()
        }
    }

    fn keep_replies(
        &mut self,
        system: &mut impl System,
        name: &str,
        cluster: &Cluster,
    ) -> Result<Option<Line>, Failure> {
        let ifindex = cluster.ifindex;
        let interface = system
            .device(ifindex)
            .unwrap_or_else(|| format!("#{ifindex}"));
        let given = replies::given(system, &interface, ifindex)?;
        let mut gateways = None;
        match given.is_empty() {
            false => self.gateways = given,
            true if replies::has_no_route(system, &interface, ifindex)? => {
                gateways = Some(self.gateways.as_slice());
            }
            true => self.gateways.clear(),
        }
        let changed = replies::keep(system, &interface, ifindex, gateways)?;
        Ok(changed.then(|| {
            Line::Replies(Replies {
                cluster: name.to_owned(),
                interface,
                table: replies::table(ifindex),
            })
        }))
    }

    /// Puts back what is missing. One that was never there gets the prefix of a host.
    fn put_back(
        &mut self,
        system: &mut impl System,
        name: &str,
        cluster: &Cluster,
    ) -> Result<Vec<PutBack>, Failure> {
        let ifindex = cluster.ifindex;
        let there = system
            .addresses(ifindex)
            .map_err(|e| Failure::refused(name, &e))?;
        let missing: Vec<Bound> = cluster
            .vips
            .iter()
            .filter(|vip| !there.iter().any(|bound| bound.address == **vip))
            .map(|vip| self.known(cluster, *vip))
            .collect();
        let interface = system
            .device(ifindex)
            .unwrap_or_else(|| format!("#{ifindex}"));
        addresses::bind(system, &interface, &missing)?;
        // The cluster may have been deleted since it was read, and must not leave an address behind.
        if let Err(e) = system.cluster(name) {
            let bound: Vec<IpAddr> = missing.iter().map(|bound| bound.address).collect();
            addresses::unbind(system, &interface, ifindex, &bound)?;
            return Err(Failure::refused(name, &e));
        }
        self.known = there
            .into_iter()
            .filter(|bound| cluster.vips.contains(&bound.address))
            .chain(missing.iter().cloned())
            .collect();
        Ok(missing
            .iter()
            .map(|bound| PutBack {
                cluster: name.to_owned(),
                interface: interface.clone(),
                address: bound.address,
                prefix: bound.prefix,
            })
            .collect())
    }

    /// An address as it was, or as a host's.
    fn known(&self, cluster: &Cluster, vip: IpAddr) -> Bound {
        let known = self.known.iter().find(|bound| bound.address == vip);
        let host = if vip.is_ipv4() { 32 } else { 128 };
        known
            .cloned()
            .unwrap_or_else(|| Bound::cluster(cluster.ifindex, vip, host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Text;
    use ssi_cluster::fake::{Fake, sample};
    use ssi_netlink::spec::Function;

    fn machine(addresses: &[&str]) -> Fake {
        let mut fake = Fake::with(addresses);
        let cluster = sample(Function::Modulo);
        let owned = vec![0];
        fake.state.clusters.insert("store".into(), (cluster, owned));
        fake
    }

    #[test]
    fn an_address_comes_back_as_it_was() {
        let mut fake = machine(&["10.0.0.1/24", "192.0.2.10/24"]);
        let mut watch = Watch::default();
        assert_eq!(watch.look(&mut fake, "store").unwrap(), []);
        fake.state.addresses.pop();
        let put_back = watch.look(&mut fake, "store").unwrap();
        assert_eq!(
            put_back[0].text(),
            "store: 192.0.2.10/24 was taken off eth0; put back\n"
        );
        assert_eq!(fake.addresses(), ["10.0.0.1/24", "192.0.2.10/24"]);
        assert_eq!(watch.look(&mut fake, "store").unwrap(), []);
    }

    #[test]
    fn one_that_was_missing_from_the_start_is_a_host() {
        let mut fake = machine(&[]);
        let put_back = Watch::default().look(&mut fake, "store").unwrap();
        let text: String = put_back.iter().map(Text::text).collect();
        assert!(text.contains("192.0.2.10/32"), "{text}");
        assert_eq!(put_back.len(), 1);
    }

    #[test]
    fn nodes_that_do_not_agree_are_told_once() {
        let mut fake = machine(&["192.0.2.10/24"]);
        let mut watch = Watch::default();
        assert_eq!(watch.look(&mut fake, "store").unwrap(), []);
        let differs = |fake: &mut Fake, bits| {
            fake.state.clusters.get_mut("store").unwrap().0.differs = bits;
        };
        differs(&mut fake, Differences::NONE.with(Difference::NoMaster).0);
        let lines = watch.look(&mut fake, "store").unwrap();
        let text: String = lines.iter().map(Text::text).collect();
        assert!(text.starts_with("store: no master among"), "{text}");
        assert_eq!(watch.look(&mut fake, "store").unwrap(), []);
        differs(&mut fake, 0);
        let lines = watch.look(&mut fake, "store").unwrap();
        assert_eq!(lines[0].text(), "store: the nodes agree\n");
    }

    #[test]
    fn a_cluster_that_is_gone_ends_it() {
        let mut fake = machine(&["192.0.2.10/24"]);
        fake.state.clusters.clear();
        assert!(Watch::default().look(&mut fake, "store").is_err());
    }
}
