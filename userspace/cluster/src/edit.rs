// SPDX-License-Identifier: GPL-2.0-only

//! A file's text with the next generation in it: comments, order and spaces stay.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use crate::change::Next;
use crate::failure::Failure;
use crate::file::{ClusterFile, ForwardInterface, Node, State, WEIGHT};
use crate::value::Buckets;

/// The file after a change, read again and compared with what was wanted.
pub fn edited(file: &ClusterFile, next: &Next) -> Result<ClusterFile, Failure> {
    let wrong = |what: &str| {
        Failure::Refused(format!(
            "{}: this edit went wrong and nothing was written ({what}); please report it",
            file.source.path
        ))
    };
    let mut document: DocumentMut = file
        .source
        .text
        .parse()
        .map_err(|_| wrong("the text cannot be parsed"))?;
    let root = document.as_table_mut();
    set(root, "master", next.master.as_str().into());
    let generation = i64::try_from(next.generation).map_err(|_| wrong("generation"))?;
    set(root, "generation", generation.into());
    let sections = root
        .get_mut("node")
        .and_then(Item::as_array_of_tables_mut)
        .ok_or_else(|| wrong("there are no nodes"))?;
    nodes(sections, file, next);
    let path = &file.source.path;
    let edited = ClusterFile::parse(path, document.to_string().into_bytes())
        .map_err(|_| wrong("the text is no cluster file"))?;
    let is_right = edited.nodes == next.nodes
        && edited.generation == next.generation
        && edited.master == next.master;
    match is_right {
        true => Ok(edited),
        false => Err(wrong("its content is another")),
    }
}

fn nodes(sections: &mut ArrayOfTables, file: &ClusterFile, next: &Next) {
    sections.retain(|section| next.nodes.iter().any(|node| is_of(section, node)));
    for node in &next.nodes {
        let there = sections.iter_mut().find(|section| is_of(section, node));
        if let Some(section) = there {
            change(section, node);
            continue;
        }
        let mut section = made(file, node);
        change(&mut section, node);
        sections.push(section);
    }
}

fn is_of(section: &Table, node: &Node) -> bool {
    section.get("name").and_then(Item::as_str) == Some(node.name.as_str())
}

/// A section with what a node that joins has of its own.
fn made(file: &ClusterFile, node: &Node) -> Table {
    let mut section = Table::new();
    section.decor_mut().set_prefix("\n");
    set(&mut section, "name", node.name.as_str().into());
    set(&mut section, "rank", i64::from(node.rank).into());
    if file.interface.as_ref() != Some(&node.interface) {
        set(&mut section, "interface", node.interface.as_str().into());
    }
    match &node.forward_interface {
        forward_interface if *forward_interface == file.forward_interface => {}
        Some(ForwardInterface::Vlan(id)) => set(&mut section, "vlan", i64::from(*id).into()),
        Some(ForwardInterface::Device(name)) => {
            set(&mut section, "forward-interface", name.as_str().into());
        }
        None => {}
    }
    if file.hook.unwrap_or(ssi_netlink::spec::Hook::Auto) != node.hook {
        set(&mut section, "hook", node.hook.name().into());
    }
    section
}

/// Writes into a section what verbs change of a node.
fn change(section: &mut Table, node: &Node) {
    if node.weight != WEIGHT || section.contains_key("weight") {
        set(section, "weight", i64::from(node.weight).into());
    }
    if node.state != State::Serving || section.contains_key("state") {
        set(section, "state", node.state.name().into());
    }
    set(section, "owns", node.owns.list().into());
    part(section, "gains", &node.gains);
    part(section, "cold", &node.cold);
}

fn part(section: &mut Table, key: &str, buckets: &Buckets) {
    match buckets.is_empty() {
        true => drop(section.remove(key)),
        false => set(section, key, buckets.list().into()),
    }
}

/// Gives a key a value; what stands around an old one stays.
fn set(table: &mut Table, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            let is_same = match (&*old, &value) {
                (Value::String(a), Value::String(b)) => a.value() == b.value(),
                (Value::Integer(a), Value::Integer(b)) => a.value() == b.value(),
                _ => false,
            };
            if !is_same {
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
        }
        _ => drop(table.insert(key, Item::Value(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::What;
    use crate::sample::parse;

    const TEXT: &str = r#"# Our web servers.
name = "web"
vips = [
    "10.0.0.100", # the old one
    'fd00::100',
]
interface = "eth0" # everywhere
master = "n1"
buckets   = 12

# Rack 1.
[[node]]
name = "n1"
rank = 0 # lowest

[[node]] # Rack 2.
name = 'n2'
rank = 1
weight =  50   # it is old
# The end.
"#;

    #[test]
    fn the_rest_stays() {
        let file = parse(TEXT).unwrap();
        let join = What::Join(crate::change::Join {
            node: "n3".into(),
            interface: Some("eth1".into()),
            ..Default::default()
        });
        let next = Next::of(&file, &[join, What::Weight("n2".into(), 100)]).unwrap();
        let file = edited(&file, &next).unwrap();
        let expected = TEXT
            .replace("12\n", "12\ngeneration = 2\n")
            .replace("lowest\n", "lowest\nowns = \"0,3,6,9\"\n")
            .replace(
                "50   # it is old\n# The end.\n",
                "100   # it is old\nowns = \"1,4,7,10\"\n",
            )
            + "\n[[node]]\nname = \"n3\"\nrank = 2\ninterface = \"eth1\"\nowns = \"2,5,8,11\"\ngains = \"2,5,8,11\"\n# The end.\n";
        assert_eq!(file.source.text, expected);
        let leave = What::Leave {
            node: "n3".into(),
            master: None,
        };
        let next = Next::of(&file, std::slice::from_ref(&leave)).unwrap();
        let file = edited(&file, &next).unwrap();
        assert!(file.source.text.contains("state = \"leaving\"\n"));
        assert!(file.source.text.contains("generation = 3\n"));
        let next = Next::of(&file, &[leave]).unwrap();
        let file = edited(&file, &next).unwrap();
        assert!(!file.source.text.contains("n3"));
        assert!(!file.source.text.contains("gains"));
        assert!(file.source.text.contains("[[node]] # Rack 2.\nname = 'n2'"));
    }
}
