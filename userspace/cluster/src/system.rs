// SPDX-License-Identifier: GPL-2.0-only

//! The kernel as the commands use it: a trait, so that tests can let any step fail.

use std::fs;
use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use logic::announcement::ETH_P_SSI;
use ssi_netlink::arp;
use ssi_netlink::link::Link;
use ssi_netlink::packet::{Frame, Listener};
use ssi_netlink::route::{Bound, Route};
use ssi_netlink::routing::{Family, Path as RoutePath, Rule};
use ssi_netlink::sock_diag::{Ender, List, Session};
use ssi_netlink::tc::{Place, SourceRule};
use ssi_netlink::{BucketStats, Client, Cluster, Error, NewTable, Peer, Request, Stats, Table};

use crate::failure::Failure;
use crate::file::place;

/// The kernel module and the interfaces.
pub trait System {
    /// An interface's number.
    fn ifindex(&mut self, device: &str) -> Result<u32, Failure>;
    /// An interface's name, unless it is gone.
    fn device(&mut self, ifindex: u32) -> Option<String>;
    /// The addresses on an interface.
    fn addresses(&mut self, ifindex: u32) -> Result<Vec<Bound>, Error>;
    /// Puts an address on its interface.
    fn bind(&mut self, bound: &Bound) -> Result<(), Error>;
    /// Takes an address away.
    fn unbind(&mut self, bound: &Bound) -> Result<(), Error>;

    /// The interface of this name, if there is one.
    fn link(&mut self, name: &str) -> Result<Option<Link>, Error>;
    /// The interface of this number, if there is one.
    fn link_of(&mut self, ifindex: u32) -> Result<Option<Link>, Error>;
    /// Makes a VLAN interface, which is down, on the interface of the number `below`.
    fn add_vlan(&mut self, name: &str, below: u32, id: u16) -> Result<(), Error>;
    /// Sets an interface up and marks it.
    fn set_up(&mut self, ifindex: u32, mark: &str) -> Result<(), Error>;
    /// Removes an interface.
    fn remove_link(&mut self, ifindex: u32) -> Result<(), Error>;

    /// A table's routes of a family.
    fn paths(&mut self, family: Family, table: u32) -> Result<Vec<RoutePath>, Error>;
    /// Adds a route to a table.
    fn add_path(&mut self, path: &RoutePath, table: u32) -> Result<(), Error>;
    /// Takes one out of a table.
    fn remove_path(&mut self, path: &RoutePath, table: u32) -> Result<(), Error>;
    /// A family's rules of one priority.
    fn rules(&mut self, family: Family, priority: u32) -> Result<Vec<Rule>, Error>;
    /// Adds a rule.
    fn add_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error>;
    /// Takes one away.
    fn remove_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error>;

    /// Whether there may be rules at an interface's egress.
    fn egress_place(&mut self, ifindex: u32) -> Result<Place, Error>;
    /// Lets an interface have rules at its egress.
    fn add_clsact(&mut self, ifindex: u32) -> Result<(), Error>;
    /// The rules at an interface's egress that are ours.
    fn source_rules(&mut self, ifindex: u32) -> Result<Vec<SourceRule>, Error>;
    /// Adds one.
    fn add_source_rule(&mut self, ifindex: u32, rule: &SourceRule) -> Result<(), Error>;
    /// Takes one away.
    fn remove_source_rule(&mut self, ifindex: u32, rule: &SourceRule) -> Result<(), Error>;
    /// How many actions of tc redirect or copy frames to an interface's egress.
    fn redirects_to(&mut self, ifindex: u32) -> Result<usize, Error>;

    /// The MAC of whoever says that an address is in use already (RFC 5227), if somebody does at once.
    fn probe(&mut self, ifindex: u32, address: Ipv4Addr) -> io::Result<Option<[u8; 6]>>;

    /// Begins to listen for the nodes' announcements on an interface; its own MAC.
    fn listen(&mut self, ifindex: u32) -> io::Result<[u8; 6]>;
    /// Sends a frame there.
    fn send_frame(&mut self, frame: &[u8]) -> io::Result<()>;
    /// A number that nobody can guess.
    fn random(&mut self) -> io::Result<u64>;
    /// What came next; none where nothing came within `wait`.
    fn next_frame(&mut self, wait: Duration) -> io::Result<Option<Frame>>;
    /// The time, since whenever.
    fn now(&mut self) -> Duration;

    /// Waits.
    fn pause(&mut self, time: Duration);
    /// A file's text, if there is one.
    fn recall(&mut self, path: &Path) -> io::Result<Option<String>>;
    /// Writes a file whole, with its folder; without a text it removes the file.
    fn keep(&mut self, path: &Path, text: Option<&str>) -> io::Result<()>;

    /// Makes a cluster.
    fn create(&mut self, request: &Request) -> Result<(), Error>;
    /// Changes a cluster.
    fn change(&mut self, request: &Request) -> Result<(), Error>;
    /// Takes a cluster away.
    fn remove(&mut self, name: &str) -> Result<(), Error>;
    /// One cluster.
    fn cluster(&mut self, name: &str) -> Result<Cluster, Error>;
    /// All clusters.
    fn clusters(&mut self) -> Result<Vec<Cluster>, Error>;
    /// One cluster's bucket table.
    fn table(&mut self, name: &str) -> Result<Table, Error>;
    /// Replaces a bucket table.
    fn replace_table(&mut self, table: &NewTable) -> Result<(), Error>;
    /// Ends transitions of the buckets of a bitmap.
    fn settle(&mut self, name: &str, settled: &[u8]) -> Result<(), Error>;
    /// Lets a lease run on, in milliseconds.
    fn renew(&mut self, name: &str, lease: u32) -> Result<(), Error>;
    /// One cluster's counters.
    fn stats(&mut self, name: &str) -> Result<Stats, Error>;
    /// All clusters' counters.
    fn all_stats(&mut self) -> Result<Vec<Stats>, Error>;
    /// Counters of a cluster's buckets.
    fn bucket_stats(&mut self, name: &str) -> Result<BucketStats, Error>;
    /// The nodes that a cluster has seen.
    fn peers(&mut self, name: &str) -> Result<Vec<Peer>, Error>;

    /// TCP connections whose end here is one of these addresses.
    fn sessions(&mut self, addresses: &[IpAddr]) -> Result<Vec<Session>, Error>;
    /// Whether the kernel has what ends connections.
    fn can_end_sessions(&mut self) -> Result<(), Error>;
    /// Ends a connection, by a reset; whether it was still there.
    fn end_session(&mut self, session: &Session) -> Result<bool, Error>;
}

/// This machine.
///
/// It connects when it must: a command that makes no sense is refused as such on any machine.
pub struct Live {
    client: Option<Client>,
    route: Option<Route>,
    listener: Option<Listener>,
    ender: Option<Ender>,
    begun: Instant,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            client: None,
            route: None,
            listener: None,
            ender: None,
            begun: Instant::now(),
        }
    }
}

impl Live {
    fn client(&mut self) -> Result<&mut Client, Error> {
        match &mut self.client {
            Some(client) => Ok(client),
            empty => Ok(empty.insert(Client::open()?)),
        }
    }

    fn route(&mut self) -> Result<&mut Route, Error> {
        match &mut self.route {
            Some(route) => Ok(route),
            empty => Ok(empty.insert(Route::open()?)),
        }
    }

    fn ender(&mut self) -> Result<&mut Ender, Error> {
        match &mut self.ender {
            Some(ender) => Ok(ender),
            empty => Ok(empty.insert(Ender::open()?)),
        }
    }
}

impl System for Live {
    fn ifindex(&mut self, device: &str) -> Result<u32, Failure> {
        let socket = interface_socket()?;
        rustix::net::netdevice::name_to_index(socket, device).map_err(|_| {
            Failure::Refused(format!("--dev {device}: no such interface; see ip link"))
        })
    }

    fn device(&mut self, ifindex: u32) -> Option<String> {
        device(ifindex)
    }

    fn addresses(&mut self, ifindex: u32) -> Result<Vec<Bound>, Error> {
        self.route()?.addresses(ifindex)
    }

    fn bind(&mut self, bound: &Bound) -> Result<(), Error> {
        self.route()?.bind(bound)
    }

    fn unbind(&mut self, bound: &Bound) -> Result<(), Error> {
        self.route()?.unbind(bound)
    }

    fn link(&mut self, name: &str) -> Result<Option<Link>, Error> {
        self.route()?.link(name)
    }

    fn link_of(&mut self, ifindex: u32) -> Result<Option<Link>, Error> {
        self.route()?.link_of(ifindex)
    }

    fn add_vlan(&mut self, name: &str, below: u32, id: u16) -> Result<(), Error> {
        self.route()?.add_vlan(name, below, id)
    }

    fn set_up(&mut self, ifindex: u32, mark: &str) -> Result<(), Error> {
        self.route()?.set_up(ifindex, mark)
    }

    fn remove_link(&mut self, ifindex: u32) -> Result<(), Error> {
        self.route()?.remove_link(ifindex)
    }

    fn paths(&mut self, family: Family, table: u32) -> Result<Vec<RoutePath>, Error> {
        self.route()?.paths(family, table)
    }

    fn add_path(&mut self, path: &RoutePath, table: u32) -> Result<(), Error> {
        self.route()?.add_path(path, table)
    }

    fn remove_path(&mut self, path: &RoutePath, table: u32) -> Result<(), Error> {
        self.route()?.remove_path(path, table)
    }

    fn rules(&mut self, family: Family, priority: u32) -> Result<Vec<Rule>, Error> {
        self.route()?.rules(family, priority)
    }

    fn add_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error> {
        self.route()?.add_rule(rule, priority)
    }

    fn remove_rule(&mut self, rule: &Rule, priority: u32) -> Result<(), Error> {
        self.route()?.remove_rule(rule, priority)
    }

    fn egress_place(&mut self, ifindex: u32) -> Result<Place, Error> {
        self.route()?.egress_place(ifindex)
    }

    fn add_clsact(&mut self, ifindex: u32) -> Result<(), Error> {
        self.route()?.add_clsact(ifindex)
    }

    fn source_rules(&mut self, ifindex: u32) -> Result<Vec<SourceRule>, Error> {
        self.route()?.source_rules(ifindex)
    }

    fn add_source_rule(&mut self, ifindex: u32, rule: &SourceRule) -> Result<(), Error> {
        self.route()?.add_source_rule(ifindex, rule)
    }

    fn remove_source_rule(&mut self, ifindex: u32, rule: &SourceRule) -> Result<(), Error> {
        self.route()?.remove_source_rule(ifindex, rule)
    }

    fn redirects_to(&mut self, ifindex: u32) -> Result<usize, Error> {
        self.route()?.redirects_to(ifindex)
    }

    fn probe(&mut self, ifindex: u32, address: Ipv4Addr) -> io::Result<Option<[u8; 6]>> {
        arp::probe(ifindex, address)
    }

    fn listen(&mut self, ifindex: u32) -> io::Result<[u8; 6]> {
        let listener = Listener::open(ifindex, ETH_P_SSI)?;
        self.listener.insert(listener).address()
    }

    fn send_frame(&mut self, frame: &[u8]) -> io::Result<()> {
        match &self.listener {
            Some(listener) => listener.send(frame),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn random(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn next_frame(&mut self, wait: Duration) -> io::Result<Option<Frame>> {
        match &self.listener {
            Some(listener) => listener.next(wait),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn now(&mut self) -> Duration {
        self.begun.elapsed()
    }

    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn recall(&mut self, path: &Path) -> io::Result<Option<String>> {
        match fs::read_to_string(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            result => result.map(Some),
        }
    }

    fn keep(&mut self, path: &Path, text: Option<&str>) -> io::Result<()> {
        let Some(text) = text else {
            return match fs::remove_file(path) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
                result => result,
            };
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        place::write(path, text.as_bytes(), None)
    }

    fn create(&mut self, request: &Request) -> Result<(), Error> {
        self.client()?.cluster_new(request)
    }

    fn change(&mut self, request: &Request) -> Result<(), Error> {
        self.client()?.cluster_set(request)
    }

    fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.client()?.cluster_del(name)
    }

    fn cluster(&mut self, name: &str) -> Result<Cluster, Error> {
        self.client()?.cluster(name)
    }

    fn clusters(&mut self) -> Result<Vec<Cluster>, Error> {
        self.client()?.clusters()
    }

    fn table(&mut self, name: &str) -> Result<Table, Error> {
        self.client()?.table(name)
    }

    fn replace_table(&mut self, table: &NewTable) -> Result<(), Error> {
        self.client()?.table_set(table)
    }

    fn settle(&mut self, name: &str, settled: &[u8]) -> Result<(), Error> {
        self.client()?.settle(name, settled)
    }

    fn renew(&mut self, name: &str, lease: u32) -> Result<(), Error> {
        self.client()?.lease_renew(name, lease)
    }

    fn stats(&mut self, name: &str) -> Result<Stats, Error> {
        self.client()?.stats(name)
    }

    fn all_stats(&mut self) -> Result<Vec<Stats>, Error> {
        self.client()?.all_stats()
    }

    fn bucket_stats(&mut self, name: &str) -> Result<BucketStats, Error> {
        self.client()?.bucket_stats(name)
    }

    fn peers(&mut self, name: &str) -> Result<Vec<Peer>, Error> {
        self.client()?.peers(name)
    }

    fn sessions(&mut self, addresses: &[IpAddr]) -> Result<Vec<Session>, Error> {
        let mut found = Vec::new();
        List::in_use().each(|session| {
            if addresses.contains(&session.local.ip()) {
                found.push(session);
            }
        })?;
        Ok(found)
    }

    fn can_end_sessions(&mut self) -> Result<(), Error> {
        self.ender().map(drop)
    }

    fn end_session(&mut self, session: &Session) -> Result<bool, Error> {
        self.ender()?.end(session)
    }
}

/// This machine's name.
pub fn host() -> String {
    let uname = rustix::system::uname();
    uname.nodename().to_string_lossy().into_owned()
}

/// An interface's name, unless it is gone.
pub fn device(ifindex: u32) -> Option<String> {
    let socket = interface_socket().ok()?;
    rustix::net::netdevice::index_to_name(socket, ifindex).ok()
}

/// Any socket does to ask for interfaces' names and numbers.
fn interface_socket() -> Result<OwnedFd, Failure> {
    use rustix::net::{AddressFamily, SocketType, socket};
    socket(AddressFamily::UNIX, SocketType::DGRAM, None)
        .map_err(|e| Failure::Refused(format!("opening a socket: {e}")))
}
