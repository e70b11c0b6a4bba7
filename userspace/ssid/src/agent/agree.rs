// SPDX-License-Identifier: GPL-2.0-only

//! Agreement: before they form a view, daemons compare what they have of the cluster file. Those that differ in what has
//! to be the same are left out, and both sides report in what.

use std::collections::BTreeMap;

use ssi_protocol::{Input, NodeId, Time, Votes};

use crate::agent::part::Part;
use crate::agent::terms::VERSION;
use crate::agent::{Agent, difference};
use crate::log_kind::LogKind;
use crate::packet::{Packet, Strange};

/// For the protocol.
fn votes(all: &BTreeMap<u32, usize>) -> Votes {
    let all = all.iter();
    all.map(|(node, votes)| (NodeId(*node), *votes)).collect()
}

impl Agent {
    /// Announces this program's presence.
    pub(super) fn announce(&mut self) {
        let settings = &self.settings;
        let presence = self
            .presences
            .announcement(&settings.fixed, &settings.compared);
        self.send(&Packet::Presence(presence));
    }

    /// Sets the membership of the group, once all of its programs have announced their presence: of the part that
    /// counts. Who is not in it has no view.
    pub(super) fn form_group(&mut self, now: Time) {
        let Some(group) = &self.group else {
            return;
        };
        let known = self.presences.programs(&group.members);
        let part = self.presences.part(&group.members, &group.votes);
        let (Some(programs), Some(part)) = (known, part) else {
            return;
        };
        let formed = ssi_protocol::Group {
            ring: group.ring,
            programs,
            members: part.members.iter().map(|node| NodeId(*node)).collect(),
            quorate: group.quorate,
            quorum: group.quorum,
            votes: votes(&group.votes),
            dead: group.dead.iter().map(|node| NodeId(*node)).collect(),
        };
        let is_in = formed.members.contains(&self.settings.me);
        self.report_left_out(&part);
        if is_in {
            let changes = self.membership.group(now, formed);
            self.follow(now, changes);
        } else {
            self.membership.no_group();
            self.feed(now, Input::NoView);
        }
    }

    /// Reports who is left out of the group, if that is new.
    fn report_left_out(&mut self, part: &Part) {
        let all = self.left_out_of(part);
        let old = std::mem::replace(&mut self.left_out, all);
        let new = self.left_out.iter();
        let new = new.filter(|(node, text)| old.get(node) != Some(text));
        let new: Vec<(NodeId, String)> = new.map(|(node, text)| (*node, text.clone())).collect();
        for (node, text) in new {
            self.notice(LogKind::LeftOut, Some(node), text);
        }
    }

    /// Who is left out, with a sentence on why. Who is so itself can report itself only.
    fn left_out_of(&self, part: &Part) -> BTreeMap<NodeId, String> {
        let Some(group) = &self.group else {
            return BTreeMap::new();
        };
        let me = self.settings.me;
        if !part.members.contains(&me.0) {
            return BTreeMap::from([(me, self.own_sentence(part))]);
        }
        let out = group
            .members
            .iter()
            .filter(|node| !part.members.contains(node));
        out.map(|node| (NodeId(*node), self.sentence(*node, part)))
            .collect()
    }

    fn own_sentence(&self, part: &Part) -> String {
        let mut others = part.members.iter();
        let differs = others.find_map(|node| {
            let at = format!("at {}", self.settings.name(NodeId(*node)));
            let (fixed, _) = self.presences.fields(*node)?;
            difference(fixed, &at, &self.settings.fixed)
        });
        let why = match differs {
            Some(text) => text,
            None if part.version != VERSION => format!(
                "it speaks version {VERSION} of ssid's language, and the others {}: upgrade one of the two",
                part.version
            ),
            // Their own presence is still to come.
            None => "the others' cluster file is another".to_owned(),
        };
        format!("this node is left out: {why}")
    }

    fn sentence(&self, node: u32, part: &Part) -> String {
        let fields = self.presences.fields(node);
        let differs =
            fields.and_then(|(fixed, _)| difference(fixed, "there", &self.settings.fixed));
        let versions = self.presences.versions(node);
        let strange = versions.filter(|versions| !versions.has(part.version));
        let why = match (differs, strange) {
            (Some(text), _) => text,
            (None, Some(versions)) => format!(
                "it speaks version {} of ssid's language, and the others {}: upgrade one of the two",
                versions.newest, part.version
            ),
            // Its own presence is still to come.
            (None, None) => "its cluster file is another".to_owned(),
        };
        format!("{} is left out: {why}", self.settings.name(NodeId(node)))
    }

    /// What differs between this node's file and those of the view's others, and should not.
    pub(super) fn file_trouble(&self) -> Vec<String> {
        let Some(view) = self.node.view() else {
            return Vec::new();
        };
        let others = view.members.iter().filter(|id| **id != self.settings.me);
        others
            .filter_map(|id| {
                let (_, compared) = self.presences.fields(id.0)?;
                let text = difference(compared, "there", &self.settings.compared)?;
                let name = self.settings.name(*id);
                Some(format!(
                    "the cluster file of {name} is not this one's: {text}"
                ))
            })
            .collect()
    }

    /// Bytes came that are no packet.
    pub(super) fn wonder(&mut self, now: Time, from: NodeId, strange: Strange) {
        let name = self.settings.name(from);
        let text = match strange {
            Strange::Version(version) => {
                if !self.presences.misunderstand(from.0, version) {
                    return;
                }
                format!(
                    "{name} speaks version {version} of ssid's language and is not understood: upgrade one of the two"
                )
            }
            Strange::Garbled => format!("{name} sends something that is no message"),
        };
        self.notice(LogKind::Strange, Some(from), text);
        self.form_group(now);
    }
}
