// SPDX-License-Identifier: GPL-2.0-only

//! What nodes compare of their cluster files: what has to be the same, and what should be.

use logic::mac::Mac as KernelMac;
use logic::siphash::siphash24;
use ssi_cluster::file::VOTES;
use ssi_cluster::file::daemon::Daemon;
use ssi_cluster::file::{ClusterFile, Node};
use ssi_cluster::value::{ClientKey, Mac, MacChoice, group};
use ssi_netlink::spec::Attr;

use crate::agent::Field;

/// What a running cluster cannot change, and two nodes must not differ in: with other buckets, leases or addresses of the
/// Ethernet they would not serve together.
pub fn fixed(file: &ClusterFile, daemon: &Daemon) -> Vec<Field> {
    let timing = &daemon.timing;
    let (base, group) = macs(file);
    let mut all = vec![
        Field::new("name", &file.name),
        Field::new("buckets", file.buckets),
        Field::new("hash", file.hash),
        Field::new("mode", file.mode),
        Field::new("mac", base),
        Field::new("group MAC", group),
        Field::new("lease", timing.lease()),
        Field::new("slack", timing.slack()),
        Field::new("drift", timing.drift()),
        Field::new("beat", timing.beat()),
        Field::new("patience", daemon.patience.as_millis()),
    ];
    // Releases that know no other take addresses.
    if file.client_key != ClientKey::default() {
        all.insert(3, Field::new("key", file.client_key));
    }
    if let Some(seed) = file.seed {
        // Longer than any address, so that it is no client's bucket.
        let text = format!("the seed of the cluster {}", file.name);
        let digest = siphash24(seed.0, text.as_bytes());
        all.insert(3, Field::secret("hash-seed", digest));
    }
    all
}

/// What should be the same, but for the time in which one file after the other is changed.
pub fn compared(file: &ClusterFile, daemon: &Daemon) -> Vec<Field> {
    let mut vips: Vec<String> = file.vips.iter().map(ToString::to_string).collect();
    vips.sort();
    let limits = &daemon.limits;
    let mut all = vec![
        Field::new("vips", vips.join(" ")),
        Field::new("reply-mac", file.reply_mac),
        Field::new("max-moving", limits.max_moving),
        Field::new("level-begin", limits.act),
        Field::new("level-stop", limits.stop),
        Field::new("rest", daemon.rest.as_secs()),
        Field::new("quiet-load", limits.quiet),
    ];
    let settings = file.settings();
    let given = |attr: &Attr| Some(Field::new(attr.name(), settings.value(*attr)?));
    all.extend(Attr::ALL.iter().filter_map(given));
    if let Some(two_node) = daemon.two_node {
        all.push(Field::new("two-node", two_node.name()));
    }
    if let Some(stick) = daemon.stick {
        all.push(Field::new("stick", stick.name()));
    }
    if let Some(forward) = file.forward {
        all.push(Field::new("forward", forward));
    }
    // Who cannot read it reports that elsewhere.
    if let Ok(Some(key)) = file.key() {
        all.push(Field::secret("key", key.id().into()));
    }
    all.extend(file.nodes.iter().map(node));
    all
}

fn node(node: &Node) -> Field {
    let name = format!("node {}", node.name);
    let mut value = format!(
        "id {}, rank {}, weight {}, priority {}",
        node.id, node.rank, node.weight, node.priority
    );
    if node.votes != VOTES {
        value += &format!(", votes {}", node.votes);
    }
    for address in &node.addresses {
        value += &format!(", address {address}");
    }
    Field::new(&name, value)
}

/// The cluster's MACs, base and group, as the kernel makes them of the file.
fn macs(file: &ClusterFile) -> (Mac, Mac) {
    let lowest = file.vips.iter().map(|vip| vip.address).min();
    let base = match file.mac {
        MacChoice::Given(mac) => mac.0,
        MacChoice::Auto | MacChoice::Group(_) => {
            lowest.map_or([0; 6], |lowest| KernelMac::auto(lowest).0)
        }
    };
    let group = match file.group {
        Some(group) => group::mac(group),
        None => KernelMac(base).group().0,
    };
    (Mac(base), Mac(group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::difference;

    const SEED: &str = "000102030405060708090a0b0c0d0e0f";

    fn file(text: &str) -> ClusterFile {
        let folder = std::env::temp_dir().join(format!("ssid-fields-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{:?}.toml", std::thread::current().id()));
        std::fs::write(&path, text).unwrap();
        let file = ClusterFile::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file
    }

    fn text() -> String {
        format!(
            "name = \"c\"\nvips = [\"192.0.2.10/32\", \"192.0.2.20/32\"]\ninterface = \"eth0\"\nbuckets = 60\n\
             hash = \"siphash\"\nhash-seed = \"{SEED}\"\n[daemon]\nengine = \"corosync\"\n[[node]]\nname = \"n1\"\nrank = 0\n\
             [[node]]\nname = \"n2\"\nrank = 1\n"
        )
    }

    fn differ(other: &str) -> (Option<String>, Option<String>) {
        let (here, there) = (file(&text()), file(other));
        let of = |file: &ClusterFile| {
            let daemon = file.daemon().unwrap();
            (fixed(file, daemon), compared(file, daemon))
        };
        let (here, there) = (of(&here), of(&there));
        (
            difference(&there.0, "there", &here.0),
            difference(&there.1, "there", &here.1),
        )
    }

    #[test]
    fn what_must_be_the_same_and_what_should() {
        let text = text();
        assert_eq!(differ(&text), (None, None));
        for (old, new, fixed, compared) in [
            (
                "buckets = 60",
                "buckets = 64",
                Some("buckets is 64 there and 60 here"),
                None,
            ),
            ("0f\"", "10\"", Some("hash-seed differs"), None),
            (
                "[daemon]",
                "key = \"prefix\"\n[daemon]",
                Some("key is prefix:24,64 there and not given here"),
                None,
            ),
            ("[daemon]", "key = \"source\"\n[daemon]", None, None),
            (
                "[daemon]",
                "mac = \"02:00:00:00:00:01\"\n[daemon]",
                Some(
                    "mac is 02:00:00:00:00:01 there and 02:5a:c0:00:02:0a here; group MAC is 03:00:00:00:00:01 there and 03:5a:c0:00:02:0a here",
                ),
                None,
            ),
            (
                "[daemon]",
                "mac = \"02:5a:c0:00:02:0a\"\n[daemon]",
                None,
                None,
            ),
            (
                "[[node]]\nname = \"n1\"",
                "lease = 1600\npatience = 500\n[[node]]\nname = \"n1\"",
                Some("lease is 1600 there and 1500 here"),
                None,
            ),
            (
                "name = \"c\"",
                "name = \"d\"",
                Some("name is d there and c here; hash-seed differs"),
                None,
            ),
            (
                "hash = \"siphash\"\nhash-seed = \"000102030405060708090a0b0c0d0e0f\"\n",
                "",
                Some(
                    "hash is none there and siphash here; hash-seed is not given there and given here",
                ),
                None,
            ),
            (
                "[daemon]",
                "mode = \"forward\"\nforward = \"all\"\nforward-interface = \"eth1\"\n[daemon]",
                Some("mode is forward there and multicast here"),
                Some("forward is all there and not given here"),
            ),
            (
                "[[node]]",
                "slack = 60\n[[node]]",
                Some("slack is 60 there and 50 here"),
                None,
            ),
            (
                "[[node]]",
                "drift = 12\n[[node]]",
                Some("drift is 12 there and 10 here"),
                None,
            ),
            (
                "[[node]]",
                "beat = 110\n[[node]]",
                Some("beat is 110 there and 100 here"),
                None,
            ),
            (
                "[[node]]",
                "patience = 510\n[[node]]",
                Some("patience is 510 there and 500 here"),
                None,
            ),
            (
                "\"192.0.2.20/32\"",
                "\"192.0.2.21/32\"",
                None,
                Some(
                    "vips is 192.0.2.10/32 192.0.2.21/32 there and 192.0.2.10/32 192.0.2.20/32 here",
                ),
            ),
            (
                "\"192.0.2.10/32\", \"192.0.2.20/32\"",
                "\"192.0.2.20/32\", \"192.0.2.10/32\"",
                None,
                None,
            ),
            (
                "rank = 1\n",
                "rank = 1\n[[node]]\nname = \"n3\"\nrank = 2\n",
                None,
                Some("node n3 is id 3, rank 2, weight 100, priority 100 there and not given here"),
            ),
        ] {
            assert!(text.contains(old), "{old}");
            let found = differ(&text.replacen(old, new, 1));
            assert_eq!(
                (found.0.as_deref(), found.1.as_deref()),
                (fixed, compared),
                "{new}"
            );
        }
    }

    #[test]
    fn the_seed_is_not_shown() {
        let file = file(&text());
        let all = fixed(&file, file.daemon().unwrap());
        let seed = all.iter().find(|field| field.name == "hash-seed").unwrap();
        assert!(seed.secret && !SEED.contains(&seed.value) && seed.value.len() == 16);
    }
}
