// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file of what was found. Whatever is printed, this program's own reader has taken it.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, host};
use toml_edit::Value;

use crate::import::args::Import;
use crate::import::found::{Check, Found, Node, Spread};
use crate::value::{self, Mac, Seed};

/// What was made.
pub struct Made {
    pub name: String,
    pub text: String,
    pub notes: Vec<String>,
}

/// Makes it, with what the command line says besides.
pub fn make(found: Found, import: &Import, from: &str, seed: Seed) -> Result<Made, Failure> {
    let mut found = complete(found, import)?;
    let daemon = import.daemon || (found.runs_itself && !import.by_hand);
    let name = match &import.name {
        Some(name) => name.clone(),
        None => legal(&found.name),
    };
    general(&mut found, daemon);
    let mut mac = found.mac.and_then(|mac| mac_lines(mac, &mut found.notes));
    if let Some(lines) = &mac {
        let taken = parse(&text(&found, &name, &Some(lines.clone()), daemon, seed));
        let without = parse(&text(&found, &name, &None, daemon, seed));
        if let (Err(why), Ok(_)) = (taken, without) {
            found.note(format!("{lines}: left out, as it is refused: {why}"));
            mac = None;
        }
    }
    let body = text(&found, &name, &mac, daemon, seed);
    let notes: Vec<String> = found.notes.iter().map(|note| one_line(note)).collect();
    let text = format!("{}\n{body}", heading(&name, from, &import.file, &notes));
    match parse(&text) {
        Ok(_) => Ok(Made { name, text, notes }),
        Err(why) => Err(Failure::Refused(format!(
            "{}: no cluster file can be made of it: {why}",
            import.file
        ))),
    }
}

/// What the command line says comes first; what neither says is asked for.
fn complete(mut found: Found, import: &Import) -> Result<Found, Failure> {
    let missing = |what: &str| {
        let sentence = format!("{}: it does not say {what}", import.file);
        Err(Failure::Usage(sentence))
    };
    if !import.vip.is_empty() {
        found.vips.clone_from(&import.vip);
    }
    if found.vips.is_empty() {
        return missing("which address the cluster has: give --vip ADDR");
    }
    if import.dev.is_some() {
        found.interface.clone_from(&import.dev);
    }
    if found.interface.is_none() {
        return missing("which interface the nodes have: give --dev D");
    }
    let known = found.nodes.len();
    if !import.nodes.is_empty() {
        let wanted = found.count.and_then(|count| usize::try_from(count).ok());
        let wanted = wanted.or((known > 0).then_some(known));
        if let Some(wanted) = wanted.filter(|wanted| *wanted != import.nodes.len()) {
            found.note(format!(
                "--nodes: {} are given, and there it was {wanted}",
                import.nodes.len()
            ));
        }
        let weights: Vec<Option<u32>> = found.nodes.iter().map(|node| node.weight).collect();
        let named = import.nodes.iter().enumerate().map(|(i, name)| Node {
            name: name.clone(),
            weight: weights.get(i).copied().flatten(),
        });
        found.nodes = named.collect();
    } else if known == 0 {
        let Some(count) = found.count.filter(|count| (1..=1024).contains(count)) else {
            return missing("which nodes there are: give --nodes N1,N2");
        };
        let named = (1..=count).map(|i| Node {
            name: format!("n{i}"),
            weight: None,
        });
        found.nodes = named.collect();
        found.note("the nodes' names are made up: put their host names there");
    }
    if let Some(bad) = found.nodes.iter().find(|node| host(&node.name).is_err()) {
        let sentence = format!(
            "{}: node {:?} has no host's name: give --nodes",
            import.file, bad.name
        );
        return Err(Failure::Usage(sentence));
    }
    Ok(found)
}

/// What is to be said of any of them.
fn general(found: &mut Found, daemon: bool) {
    if found.spread == Spread::None {
        found.note("one node served all clients, and now all nodes do: the service has to run on each of them at once");
    } else {
        found.note("the hash is another, so nearly every client is another node's than before: change all nodes at one time");
    }
    if daemon && found.nodes.len() == 2 {
        found.note(
            "two nodes: half of two is no majority, so add a witness, or two-node = \"fenced\" below [daemon] (start.md, Two nodes)",
        );
    }
    if !daemon && !found.checks.is_empty() {
        let names: Vec<&str> = found
            .checks
            .iter()
            .map(|check| check.name.as_str())
            .collect();
        let sentence = format!(
            "a static cluster has no checks: {} left out",
            names.join(", ")
        );
        found.note(sentence);
    }
    if !daemon && found.runs_itself {
        found.note("a static cluster: nobody gives a dead node's clients to others but you");
    }
}

fn heading(name: &str, from: &str, file: &str, notes: &[String]) -> String {
    let mut text = format!(
        "# Cluster {name}, made by ssictl import of {} ({from}).\n# No counterpart, or to be looked at:\n",
        one_line(file)
    );
    for note in notes {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# - {note}");
    }
    text
}

/// The keys.
fn text(found: &Found, name: &str, mac: &Option<String>, daemon: bool, seed: Seed) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let vips: Vec<String> = found
        .vips
        .iter()
        .map(|vip| quoted(&format!("{vip}/{}", if vip.is_ipv4() { 32 } else { 128 })))
        .collect();
    let interface = found.interface.as_deref().unwrap_or_default();
    let mut text = format!(
        "name = {}\nvips = [{}]\ninterface = {}\n",
        quoted(name),
        vips.join(", "),
        quoted(interface)
    );
    let mut add = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if let (false, Some(first)) = (daemon, found.nodes.first()) {
        add(format!("master = {}", quoted(&first.name)));
    }
    if found.spread != Spread::None {
        add("hash = \"siphash\"".to_owned());
        add(format!("hash-seed = \"{seed}\""));
    }
    match found.spread {
        Spread::SourcePort => add("key = \"source-port\"".to_owned()),
        Spread::Network => add("key = \"prefix:24,64\"".to_owned()),
        Spread::None | Spread::Source => {}
    }
    mac.iter().for_each(|lines| add(lines.clone()));
    if daemon {
        add("\n[daemon]".to_owned());
    }
    for (rank, node) in found.nodes.iter().enumerate() {
        add(format!(
            "\n[[node]]\nname = {}\nrank = {rank}",
            quoted(&node.name)
        ));
        if let Some(weight) = node.weight {
            add(format!("weight = {weight}"));
        }
    }
    for check in found.checks.iter().filter(|_| daemon) {
        add(check_lines(check));
    }
    text
}

fn check_lines(check: &Check) -> String {
    let quoted: Vec<String> = check
        .value
        .iter()
        .map(|word| Value::from(word).to_string())
        .collect();
    let value = match check.key {
        "command" => format!("[{}]", quoted.join(", ")),
        _ => quoted.concat(),
    };
    let name = Value::from(&check.name).to_string();
    let mut text = format!("\n[[check]]\nname = {name}\n{} = {value}", check.key);
    let interval = check
        .interval
        .map(|seconds| seconds.clamp(1, 3600).saturating_mul(1000));
    let times = |times: Option<u32>| times.map(|times| times.clamp(1, 1000));
    for (key, number) in [
        ("interval", interval),
        ("rise", times(check.rise)),
        ("fall", times(check.fall)),
    ] {
        if let Some(number) = number {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{key} = {number}");
        }
    }
    text
}

/// The keys that give clients the MAC that they know, as far as that can be.
fn mac_lines(mac: Mac, notes: &mut Vec<String>) -> Option<String> {
    let Mac([a, b, c, d, e, f]) = mac;
    let group: IpAddr = match [a, b, c] {
        [0x01, 0x00, 0x5e] => Ipv4Addr::new(239, d, e, f).into(),
        [0x33, 0x33, _] => {
            let [high, low] = [[c, d], [e, f]].map(u16::from_be_bytes);
            Ipv6Addr::new(0xff15, 0, 0, 0, 0, 0, high, low).into()
        }
        _ if a & 1 == 1 => return Some(format!("mac = \"{}\"", Mac([a & !1, b, c, d, e, f]))),
        _ => {
            notes.push(format!(
                "{mac}: clients knew this MAC, and will know {}, which the network has to flood, unless mode = \"forward\"",
                Mac([a | 1, b, c, d, e, f])
            ));
            return Some(format!("mac = \"{mac}\""));
        }
    };
    let protocol = if group.is_ipv4() { "igmp" } else { "mld" };
    Some(format!("mac = \"{protocol}\"\ngroup = \"{group}\""))
}

/// A cluster's name of any text.
fn legal(text: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = text
        .chars()
        .map(|c| if c == ':' { '-' } else { c })
        .filter(allowed)
        .collect();
    let name: String = name.trim_start_matches('.').chars().take(15).collect();
    match value::name(&name) {
        Ok(name) => name,
        Err(_) => "cluster".to_owned(),
    }
}

/// A comment ends with its line, so what comes from elsewhere has none, nor anything that a terminal would obey.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn parse(text: &str) -> Result<ClusterFile, String> {
    match ClusterFile::parse("cluster file", text.as_bytes().to_vec()) {
        Ok(file) => Ok(file),
        Err(Failure::Refused(why) | Failure::Usage(why)) => Err(why),
        Err(Failure::ReaderGone) => Err("nobody reads".to_owned()),
    }
}
