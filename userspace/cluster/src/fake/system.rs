// SPDX-License-Identifier: GPL-2.0-only

//! What it does when it is asked as the real one.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use ssi_netlink::link::Link;
use ssi_netlink::packet::Frame;
use ssi_netlink::route::Bound;
use ssi_netlink::routing::{Family, Path as RoutePath, Rule};
use ssi_netlink::sock_diag::Session;
use ssi_netlink::spec::{Counter, Forward, Function, Hook, Mode};
use ssi_netlink::tc::{Place, SourceRule};
use ssi_netlink::{BucketStats, Cluster, Error, NewTable, Peer, Request, Stats, Table};

use super::{DEVICE, Fake, changed, refusal, sample, subnet, table};
use crate::failure::Failure;
use crate::system::System;

impl System for Fake {
    fn ifindex(&mut self, device: &str) -> Result<u32, Failure> {
        match device == DEVICE.0 {
            true => Ok(DEVICE.1),
            false => Err(Failure::Refused(format!(
                "--dev {device}: no such interface"
            ))),
        }
    }

    fn link(&mut self, name: &str) -> Result<Option<Link>, Error> {
        let links = &self.state.links;
        Ok(links.iter().find(|link| link.name == name).cloned())
    }

    fn link_of(&mut self, ifindex: u32) -> Result<Option<Link>, Error> {
        let links = &self.state.links;
        Ok(links.iter().find(|link| link.ifindex == ifindex).cloned())
    }

    fn add_vlan(&mut self, name: &str, below: u32, id: u16) -> Result<(), Error> {
        self.step(format!("make {name}"))?;
        let ifindex = 100 + u32::try_from(self.state.links.len()).unwrap();
        self.state.links.push(Link {
            ifindex,
            name: name.into(),
            alias: None,
            up: false,
            carrier: true,
            running: true,
            vlan: Some((below, id)),
        });
        Ok(())
    }

    fn set_up(&mut self, ifindex: u32, mark: &str) -> Result<(), Error> {
        self.step(format!("set up #{ifindex}, {mark}"))?;
        let mut links = self.state.links.iter_mut();
        let link = links.find(|link| link.ifindex == ifindex);
        let link = link.ok_or_else(|| refusal(19))?;
        link.up = true;
        link.alias = Some(mark.into());
        Ok(())
    }

    fn remove_link(&mut self, ifindex: u32) -> Result<(), Error> {
        self.step(format!("remove #{ifindex}"))?;
        let links = &mut self.state.links;
        let at = links.iter().position(|link| link.ifindex == ifindex);
        links.remove(at.ok_or_else(|| refusal(19))?);
        Ok(())
    }

    fn device(&mut self, _: u32) -> Option<String> {
        Some(DEVICE.0.into())
    }

    fn addresses(&mut self, _: u32) -> Result<Vec<Bound>, Error> {
        Ok(self.state.addresses.clone())
    }

    fn bind(&mut self, bound: &Bound) -> Result<(), Error> {
        self.step(format!("bind {}", bound.address))?;
        self.state.addresses.push(bound.clone());
        Ok(())
    }

    fn unbind(&mut self, bound: &Bound) -> Result<(), Error> {
        self.step(format!("unbind {}", bound.address))?;
        let list = &mut self.state.addresses;
        let same = |other: &Bound| other.address == bound.address && other.prefix == bound.prefix;
        let Some(at) = list.iter().position(same) else {
            return Err(refusal(99));
        };
        let oldest = !list[..at].iter().any(|b| subnet(b) == subnet(bound));
        list.remove(at);
        if oldest && bound.address.is_ipv4() && !self.promote {
            list.retain(|b| subnet(b) != subnet(bound));
        }
        Ok(())
    }

    fn paths(&mut self, family: Family, table: u32) -> Result<Vec<RoutePath>, Error> {
        let all = self.state.paths.iter().filter(|(at, _)| *at == table);
        let all = all.filter(|(_, path)| path.family == family);
        Ok(all.map(|(_, path)| path.clone()).collect())
    }

    fn add_path(&mut self, path: &RoutePath, table: u32) -> Result<(), Error> {
        let by = path.gateway.map_or("the link".into(), |by| by.to_string());
        self.step(format!("route by {by}"))?;
        self.state.paths.push((table, path.clone()));
        Ok(())
    }

    fn remove_path(&mut self, path: &RoutePath, table: u32) -> Result<(), Error> {
        let by = path.gateway.map_or("the link".into(), |by| by.to_string());
        self.step(format!("no route by {by}"))?;
        self.state
            .paths
            .retain(|other| *other != (table, path.clone()));
        Ok(())
    }

    fn rules(&mut self, family: Family, _: u32) -> Result<Vec<Rule>, Error> {
        let all = self.state.reply_rules.iter();
        let all = all.filter(|rule| rule.source.map(Family::of) == Some(family));
        Ok(all.cloned().collect())
    }

    fn add_rule(&mut self, rule: &Rule, _: u32) -> Result<(), Error> {
        self.step(format!("replies of {}", rule.source.unwrap()))?;
        self.state.reply_rules.push(rule.clone());
        Ok(())
    }

    fn remove_rule(&mut self, rule: &Rule, _: u32) -> Result<(), Error> {
        self.step(format!("no replies of {}", rule.source.unwrap()))?;
        self.state.reply_rules.retain(|other| other != rule);
        Ok(())
    }

    fn egress_place(&mut self, _: u32) -> Result<Place, Error> {
        Ok(self.place.unwrap_or(Place::Free))
    }

    fn add_clsact(&mut self, _: u32) -> Result<(), Error> {
        self.step("clsact".into())?;
        self.place = Some(Place::There);
        Ok(())
    }

    fn source_rules(&mut self, _: u32) -> Result<Vec<SourceRule>, Error> {
        Ok(self.state.rules.clone())
    }

    fn add_source_rule(&mut self, _: u32, rule: &SourceRule) -> Result<(), Error> {
        self.step(format!("rule of {}", rule.address))?;
        self.state.rules.push(rule.clone());
        Ok(())
    }

    fn remove_source_rule(&mut self, _: u32, rule: &SourceRule) -> Result<(), Error> {
        self.step(format!("no rule of {}", rule.address))?;
        self.state.rules.retain(|other| other != rule);
        Ok(())
    }

    fn redirects_to(&mut self, _: u32) -> Result<usize, Error> {
        Ok(self.redirects)
    }

    fn probe(&mut self, _: u32, _: Ipv4Addr) -> io::Result<Option<[u8; 6]>> {
        Ok(self.in_use)
    }

    fn listen(&mut self, ifindex: u32) -> io::Result<[u8; 6]> {
        self.step(format!("listen at #{ifindex}"))
            .map_err(|_| io::ErrorKind::Other)?;
        Ok([6, 0, 0, 0, 0, 9])
    }

    fn send_frame(&mut self, frame: &[u8]) -> io::Result<()> {
        let came = self.echo.map(|echo| echo(frame));
        self.frames.extend(came.unwrap_or_default());
        Ok(())
    }

    fn random(&mut self) -> io::Result<u64> {
        Ok(0x5eed)
    }

    fn next_frame(&mut self, wait: Duration) -> io::Result<Option<Frame>> {
        let frame = self.frames.pop_front();
        self.now += frame.as_ref().map_or(wait, |_| Duration::from_millis(100));
        Ok(frame)
    }

    fn now(&mut self) -> Duration {
        self.now
    }

    fn pause(&mut self, time: Duration) {
        self.now += time;
    }

    fn recall(&mut self, path: &Path) -> io::Result<Option<String>> {
        Ok(self.state.files.get(path).cloned())
    }

    fn keep(&mut self, path: &Path, text: Option<&str>) -> io::Result<()> {
        self.step("keep".into())
            .map_err(|_| io::ErrorKind::StorageFull)?;
        match text {
            Some(text) => drop(self.state.files.insert(path.to_owned(), text.to_owned())),
            None => drop(self.state.files.remove(path)),
        }
        Ok(())
    }

    fn create(&mut self, request: &Request) -> Result<(), Error> {
        self.step(format!("create {}", request.name))?;
        let sample = sample(Function::Modulo);
        let mode = request.mode.unwrap_or(Mode::Multicast);
        let blank = Cluster {
            name: request.name.clone(),
            ifindex: request.ifindex.unwrap(),
            mode,
            mac: request.mac.unwrap_or(sample.mac),
            group_mac: request.group_mac.unwrap_or(sample.group_mac),
            hook: match request.hook {
                Some(Hook::Ingress) => Hook::Ingress,
                _ => sample.hook,
            },
            forward: (mode == Mode::Forward).then_some(Forward::All),
            forward_ifindex: request.forward_ifindex,
            buckets: 1024,
            generation: 0,
            ..sample
        };
        let cluster = changed(&blank, request);
        let owned = table(&cluster, request);
        let name = request.name.clone();
        self.state.clusters.insert(name, (cluster, owned));
        Ok(())
    }

    fn change(&mut self, request: &Request) -> Result<(), Error> {
        self.step(format!("change {}", request.name))?;
        let (cluster, owned) = self
            .state
            .clusters
            .get_mut(&request.name)
            .ok_or_else(|| refusal(2))?;
        if request.generation.is_some_and(|g| g != cluster.generation) {
            return Err(refusal(116));
        }
        let new = changed(cluster, request);
        if request.owned.is_some() || new.buckets != cluster.buckets {
            *owned = table(&new, request);
        }
        *cluster = new;
        if request.owned.is_some() && cluster.lapsed {
            // As the kernel has it: who gives a whole table knows what others have.
            cluster.lapsed = false;
        }
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.step(format!("remove {name}"))?;
        let removed = self.state.clusters.remove(name);
        removed.map(drop).ok_or_else(|| refusal(2))
    }

    fn cluster(&mut self, name: &str) -> Result<Cluster, Error> {
        let found = self.state.clusters.get(name);
        Ok(found.ok_or_else(|| refusal(2))?.0.clone())
    }

    fn clusters(&mut self) -> Result<Vec<Cluster>, Error> {
        if self.no_module {
            return Err(Error::NoModule);
        }
        Ok(self
            .state
            .clusters
            .values()
            .map(|(c, _)| c.clone())
            .collect())
    }

    fn table(&mut self, name: &str) -> Result<Table, Error> {
        let (cluster, owned) = self.state.clusters.get(name).ok_or_else(|| refusal(2))?;
        let drains = self.draining.get(name);
        let drains = drains.filter(|(bits, until)| bits.len() == owned.len() && *until > self.now);
        Ok(Table {
            name: name.into(),
            buckets: cluster.buckets,
            draining: drains.map_or(vec![0; owned.len()], |(bits, _)| bits.clone()),
            adopting: vec![0; owned.len()],
            connections: 0,
            lease_until: cluster.lease_until,
            lapsed: cluster.lapsed,
            sticking: Vec::new(),
            owned: owned.clone(),
            generation: cluster.generation,
        })
    }

    fn settle(&mut self, name: &str, settled: &[u8]) -> Result<(), Error> {
        self.step(format!("settle {name}"))?;
        if let Some((draining, _)) = self.draining.get_mut(name) {
            let both = draining.iter_mut().zip(settled);
            both.for_each(|(byte, settled)| *byte &= !settled);
        }
        Ok(())
    }

    fn renew(&mut self, name: &str, lease: u32) -> Result<(), Error> {
        self.step(format!("renew {name} for {lease} ms"))
    }

    fn replace_table(&mut self, table: &NewTable) -> Result<(), Error> {
        self.step(format!("replace table {}", table.name))?;
        let found = self.state.clusters.get_mut(&table.name);
        let (cluster, owned) = found.ok_or_else(|| refusal(2))?;
        if table.generation <= cluster.generation {
            return Err(refusal(116));
        }
        let lost = owned.iter().zip(&table.owned).map(|(old, new)| old & !new);
        let drain = (lost.collect(), self.now + self.connections);
        self.draining.insert(table.name.clone(), drain);
        self.cold.clone_from(&table.cold);
        cluster.function = Function::Bitmap;
        cluster.buckets = table.buckets;
        cluster.generation = table.generation;
        owned.clone_from(&table.owned);
        Ok(())
    }

    fn stats(&mut self, name: &str) -> Result<Stats, Error> {
        self.cluster(name).map(|cluster| Stats {
            name: cluster.name,
            counters: Counter::ALL.iter().map(|counter| (*counter, 0)).collect(),
        })
    }

    fn all_stats(&mut self) -> Result<Vec<Stats>, Error> {
        Ok(Vec::new())
    }

    fn bucket_stats(&mut self, name: &str) -> Result<BucketStats, Error> {
        self.cluster(name).map(|cluster| BucketStats {
            name: cluster.name,
            generation: cluster.generation,
            buckets: Vec::new(),
        })
    }

    fn peers(&mut self, name: &str) -> Result<Vec<Peer>, Error> {
        self.cluster(name).map(|_| self.peers.clone())
    }

    fn sessions(&mut self, addresses: &[IpAddr]) -> Result<Vec<Session>, Error> {
        let here = |session: &&Session| addresses.contains(&session.local.ip());
        Ok(self.sessions.iter().filter(here).cloned().collect())
    }

    fn can_end_sessions(&mut self) -> Result<(), Error> {
        match self.cannot_end {
            true => Err(Error::CannotEnd),
            false => Ok(()),
        }
    }

    fn end_session(&mut self, session: &Session) -> Result<bool, Error> {
        self.step(format!("end {}", session.remote))?;
        let before = self.sessions.len();
        self.sessions.retain(|other| other != session);
        Ok(self.sessions.len() < before)
    }
}
