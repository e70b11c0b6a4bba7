// SPDX-License-Identifier: GPL-2.0-only

//! Status, for people.

use std::time::Duration;

use ssi_protocol::{NodeId, Time, View};
use ssid_api::{Heat, NodeStatus, Status, ViewStatus};

use crate::agent::detection::{by_datagrams, detection, gap};
use crate::agent::facts::STALE;
use crate::agent::{Agent, Peer};
use crate::log_kind::LogKind;

/// A view that is not complete after so many ms is reported.
const PATIENCE: u64 = 3000;

impl Agent {
    /// How things are now.
    pub fn status(&self, now: Time) -> Status {
        let settings = &self.settings;
        let nodes: Vec<NodeStatus> = settings.nodes.iter().map(|p| self.of(p, now)).collect();
        let owned = nodes.iter().map(|node| node.owned);
        let served = owned.fold(0, u32::saturating_add);
        let knowledge = self.node.knowledge();
        Status {
            cluster: settings.cluster.clone(),
            node: settings.name(settings.me),
            version: env!("CARGO_PKG_VERSION").into(),
            engine: self.engine.name.into(),
            engine_trouble: self.trouble.clone(),
            view: self.node.view().map(|view| self.view_status(view, now)),
            quorate: self.is_quorate(),
            master: self.master.map(|id| settings.name(id)),
            generation: self.node.generation(),
            buckets: settings.buckets,
            unserved: settings.buckets.saturating_sub(served),
            moving: knowledge.map_or(0, |knowledge| knowledge.moving().len()),
            lease: Some(now.until(self.node.lease_until())).filter(|left| *left > 0),
            takeover: self.takeover(),
            trouble: self.all_trouble(now, served),
            nodes,
        }
    }

    /// The buckets' load.
    pub fn heat(&self) -> Heat {
        let count = usize::try_from(self.settings.buckets).unwrap_or(0);
        let mut heat = Heat {
            owners: (0..count).map(|_| None).collect(),
            load: (0..count).map(|_| 0).collect(),
        };
        let Some(knowledge) = self.node.knowledge() else {
            return heat;
        };
        for (place, peer) in (0u32..).zip(&self.settings.nodes) {
            for bucket in knowledge.held_by(peer.id).iter() {
                if let Some(owner) = at(&mut heat.owners, bucket) {
                    *owner = Some(place);
                }
            }
            let loads = knowledge.load_of(peer.id);
            for (bucket, load) in loads.iter().flat_map(|loads| loads.0.iter()) {
                if let Some(sum) = at(&mut heat.load, *bucket) {
                    *sum = sum.saturating_add(*load);
                }
            }
        }
        heat
    }

    fn view_status(&self, view: &View, now: Time) -> ViewStatus {
        ViewStatus {
            ring: view.id.ring,
            serial: view.id.serial,
            quorum: u32::try_from(view.quorum).unwrap_or(u32::MAX),
            votes: u32::try_from(view.votes.sum(&view.members)).unwrap_or(u32::MAX),
            members: u32::try_from(view.members.len()).unwrap_or(u32::MAX),
            age: self.entered.until(now),
            complete: self.node.knowledge().is_some(),
        }
    }

    fn of(&self, peer: &Peer, now: Time) -> NodeStatus {
        let member = self.is_member(peer.id);
        let last = self.facts.get(&peer.id);
        let facts = last
            .filter(|(at, _)| member && now < at.plus(STALE))
            .map(|(_, facts)| facts.clone())
            .unwrap_or_default();
        let knowledge = self.node.knowledge().filter(|_| member);
        let admin_state = knowledge.and_then(|knowledge| knowledge.admin_state(peer.id));
        let served = knowledge.and_then(|knowledge| knowledge.served_by(peer.id));
        // In a view without a quorum are those that others hold out, this node most often.
        let is_in = member && self.is_quorate();
        let is_said = is_in || self.left_out.contains_key(&peer.id) || self.is_dead(peer.id);
        let held_out = self.held_out_for(peer.id, now).filter(|_| !is_said);
        NodeStatus {
            name: peer.name.clone(),
            id: peer.id.0,
            rank: peer.rank,
            votes: self.votes(peer.id),
            member,
            master: self.master == Some(peer.id),
            state: match (member, facts.state.as_str()) {
                (false, _) if self.left_out.contains_key(&peer.id) => "left-out".into(),
                (false, _) if self.is_dead(peer.id) => "dead".into(),
                (_, _) if held_out.is_some() => "held-out".into(),
                (false, _) => "gone".into(),
                // It measures nothing, so it tells nothing of itself.
                (true, "") if peer.weight == 0 => "witness".into(),
                (true, "") => "serving".into(),
                (true, state) => state.into(),
            },
            held_out,
            weight: admin_state.map_or(0, |admin_state| admin_state.weight),
            full_weight: facts.full_weight,
            owned: served.map_or(0, |(owned, _)| owned.len()),
            draining: served.map_or(0, |(_, draining)| draining.len()),
            packets: facts.packets,
            bytes: facts.bytes,
            connections: facts.connections.into(),
            cpu: facts.cpu,
            pressure: facts.pressure,
            checks: facts.checks,
            version: facts.version,
            age: last.map(|(at, _)| at.until(now)),
        }
    }

    /// A node's votes, once the engine has said who counts.
    fn votes(&self, id: NodeId) -> Option<u32> {
        let votes = &self.group.as_ref()?.votes;
        let votes = votes.get(&id.0).copied().unwrap_or(1);
        u32::try_from(votes).ok()
    }

    pub(super) fn is_member(&self, id: NodeId) -> bool {
        self.node.view().is_some_and(|view| view.has(id))
    }

    pub(super) fn is_quorate(&self) -> bool {
        self.node.view().is_some_and(View::is_quorate)
    }

    fn all_trouble(&self, now: Time, served: u32) -> Vec<String> {
        let mut all: Vec<String> = self.trouble.iter().cloned().collect();
        all.extend(self.engine_trouble.iter().cloned());
        all.extend(self.own_trouble(now));
        all.extend(self.lease_trouble());
        let settings = &self.settings;
        if self.trouble.is_none() {
            all.extend(self.left_out.values().cloned());
            all.extend(self.view_trouble(now));
            all.extend(self.file_trouble());
        }
        if self.node.is_acting() && served < settings.buckets {
            let none = settings.buckets - served;
            all.push(format!(
                "{none} of {} buckets are served by nobody",
                settings.buckets
            ));
        }
        let members = settings.nodes.iter().filter(|peer| self.is_member(peer.id));
        for peer in members {
            let Some((_, facts)) = self.facts.get(&peer.id) else {
                continue;
            };
            let failing = facts.checks.iter().filter(|check| !check.good);
            all.extend(failing.map(|c| format!("{}: {} fails: {}", peer.name, c.name, c.text)));
            if peer.id != settings.me {
                // What all hear on one network is said once.
                let news = facts
                    .trouble
                    .iter()
                    .filter(|t| Some(*t) != self.disagreement.as_ref());
                all.extend(news.map(|t| format!("{}: {t}", peer.name)));
            }
        }
        all
    }

    /// How long after a node is gone its buckets are served again, in ms; with the engine `corosync` only where its token is known.
    fn takeover(&self) -> Option<u64> {
        let timing = &self.settings.timing;
        let lease = timing.surely(timing.lease());
        self.detection().map(|detection| detection.max(lease))
    }

    /// What is wrong with the lease, if the engine takes so long to find out.
    fn lease_trouble(&self) -> Option<String> {
        gap(&self.settings.timing, self.detection()?)
    }

    fn detection(&self) -> Option<u64> {
        if self.engine.keeps_patience {
            return Some(by_datagrams(self.settings.patience, &self.settings.timing));
        }
        let ms = |token: Duration| u64::try_from(token.as_millis()).unwrap_or(u64::MAX);
        self.token.map(|token| detection(ms(token)))
    }

    fn view_trouble(&self, now: Time) -> Vec<String> {
        let Some(view) = self.node.view() else {
            let waits = !self.left_out.contains_key(&self.settings.me);
            let text = "this node is in no view: it waits for the others";
            let mut all: Vec<String> = waits.then(|| text.into()).into_iter().collect();
            all.extend(self.held_out_trouble(now));
            return all;
        };
        let mut all = Vec::new();
        if !view.is_quorate() {
            all.push(self.no_quorum(view));
            all.extend(self.held_out_trouble(now));
        } else if self.node.knowledge().is_none() && self.entered.plus(PATIENCE) <= now {
            all.push("the view is not complete: some member sends nothing".into());
        }
        let is_gone = |id: NodeId| !view.has(id) && !self.left_out.contains_key(&id);
        let gone = self.settings.nodes.iter().filter(|peer| is_gone(peer.id));
        all.extend(gone.map(|peer| {
            let held_out = self.held_out_for(peer.id, now);
            match (self.is_dead(peer.id), held_out) {
                (true, _) => format!(
                    "{} is dead, as was confirmed: this node goes on alone until it is back",
                    peer.name
                ),
                (false, Some(left)) => format!(
                    "{} is held out for another {} s: it came and went",
                    peer.name,
                    left.div_ceil(1000)
                ),
                (false, None) => format!("{} is gone", peer.name),
            }
        }));
        let strangers = view
            .members
            .iter()
            .filter(|id| self.settings.peer(**id).is_none());
        all.extend(strangers.map(|id| {
            format!("node {id} is in the engine's group and not in the cluster file: add it on all nodes")
        }));
        all
    }

    /// For people: who is in the view.
    pub(super) fn announce_view(&mut self, view: &View) {
        let names: Vec<String> = view
            .members
            .iter()
            .map(|id| self.settings.name(*id))
            .collect();
        let quorate = if view.is_quorate() {
            "quorate"
        } else {
            "not quorate"
        };
        let text = format!(
            "{} in the view, {quorate}: {}",
            names.len(),
            names.join(" ")
        );
        self.notice(LogKind::View, None, text);
    }
}

fn at<T>(all: &mut [T], bucket: u32) -> Option<&mut T> {
    all.get_mut(usize::try_from(bucket).ok()?)
}
