// SPDX-License-Identifier: GPL-2.0-only

//! Tests of files for ssid, and of the place of each mistake.

use ssi_netlink::spec::LeaseExpiry;

use super::*;
use crate::failure::Failure;
use crate::file::ClusterFile;
use crate::file::check::{Kind, Then};
use crate::sample::{STORE, WEB, parse};

/// `STORE` with more in `[daemon]`, and after it.
fn with(daemon: &str, after: &str) -> String {
    let line = if daemon.is_empty() { "" } else { "\n" };
    let text = STORE.replacen("[daemon]", &format!("[daemon]{line}{daemon}"), 1);
    format!("{text}{after}")
}

/// `STORE` with one text instead of another.
fn instead(old: &str, new: &str) -> String {
    assert!(STORE.contains(old), "{old}");
    STORE.replacen(old, new, 1)
}

fn daemon(text: &str) -> Daemon {
    parse(text).unwrap().daemon.unwrap()
}

#[track_caller]
fn refused(text: &str, sentence: &str) {
    match parse(text) {
        Err(Failure::Usage(usage)) => assert_eq!(usage, format!("web.toml:{sentence}"), "{text}"),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn defaults() {
    let daemon = daemon(STORE);
    assert_eq!((daemon.engine, daemon.port), (Engine::Datagram, 9463));
    assert_eq!(daemon.group, "ssi:store");
    assert_eq!(Ok(daemon.timing), Timing::new(600, 50, 10, 60));
    assert_eq!(daemon.patience, Duration::from_millis(200));
    assert_eq!(daemon.settings.lease_expiry, Some(LeaseExpiry::Drain));
    assert_eq!(daemon.limits, Limits::default());
    assert_eq!((daemon.rest.as_secs(), daemon.comeback.as_secs()), (60, 60));
    assert!(daemon.adapt && daemon.metrics.is_none());
    assert!(daemon.quiet_hours.is_empty() && daemon.checks.is_empty());
}

#[test]
fn nodes() {
    let file = parse(STORE).unwrap();
    let of = |node: &crate::file::Node| (node.id, node.weight, node.priority, node.is_witness());
    let nodes: Vec<_> = file.nodes.iter().map(of).collect();
    assert_eq!(
        nodes,
        [
            (1, 100, 100, false),
            (7, 200, 500, false),
            (3, 0, 100, true)
        ]
    );
    assert!(file.nodes.iter().all(|node| node.owns.is_empty()));
    // Whoever joins, the kernel's number of nodes stays.
    assert_eq!(file.kernel_nodes(), 1024);
    let no_interface = STORE.replace("interface = \"eth0\"\n", "");
    let no_interface = no_interface.replace("rank = 0", "rank = 0\ninterface = \"eth0\"");
    let no_interface = no_interface.replace("rank = 1", "rank = 1\ninterface = \"eth0\"");
    let file = parse(&no_interface).unwrap();
    assert_eq!(file.nodes[2].interface, "");
    let way = "mode = \"forward\"\nmac =";
    let ways = STORE.replace("mac =", way);
    let ways = ways.replace("rank = 0", "rank = 0\nvlan = 7");
    let file = parse(&ways.replace("rank = 1", "rank = 1\nvlan = 7")).unwrap();
    assert_eq!(file.nodes[2].way, None);
}

#[test]
fn all_keys() {
    let text = with(
        "group = \"shop\"\nlease = 6000\nbeat = 100\nslack = 20\ndrift = 10\npatience = 900\nlease-expiry = \"drop\"\n\
         max-moving = 8\nlevel-begin = 150\nlevel-stop = 120\nrest = 5\nquiet-load = 100\n\
         quiet-hours = [\"22:00-06:00\", \"12:00-13:00\"]\nadapt = false\ncomeback = 0\nmetrics = \"[::1]:9463\"",
        "",
    );
    let daemon = daemon(&text);
    assert_eq!(daemon.group, "shop");
    assert_eq!(Ok(daemon.timing), Timing::new(6000, 20, 10, 100));
    assert_eq!(daemon.patience, Duration::from_millis(900));
    assert_eq!(daemon.settings.lease_expiry, Some(LeaseExpiry::Drop));
    let limits = Limits {
        max_moving: 8,
        act: 150,
        stop: 120,
        quiet: 100,
    };
    assert_eq!(daemon.limits, limits);
    assert_eq!((daemon.rest.as_secs(), daemon.comeback.as_secs()), (5, 0));
    let hours: Vec<String> = daemon.quiet_hours.iter().map(ToString::to_string).collect();
    assert_eq!(hours, ["22:00-06:00", "12:00-13:00"]);
    assert!(!daemon.adapt);
    assert_eq!(daemon.metrics, Some("[::1]:9463".parse().unwrap()));
}

#[test]
fn alone() {
    let two = STORE.find("[[node]]\nname = \"n2\"").unwrap();
    let text = STORE[..two].replacen("[daemon]", "[daemon]\nengine = \"alone\"", 1);
    assert_eq!(daemon(&text).engine, Engine::Alone);
}

#[test]
fn checks() {
    let text = with(
        "",
        "[[check]]\nname = \"port\"\ntcp = \"[::1]:80\"\n\
         [[check]]\nname = \"page\"\nhttp = \"http://web.example:8080/health?x=1\"\ninterval = 500\nnodes = [\"n2\"]\n\
         [[check]]\nname = \"disk\"\ncommand = [\"/usr/bin/test\", \"-e\", \"/srv\"]\ninterval = 10000\ntimeout = 9000\n\
         rise = 1\nfall = 1\nthen = \"drop\"\n\
         [[check]]\nname = \"nginx\"\nunit = \"nginx@a-b.service\"\n",
    );
    let daemon = daemon(&text);
    let [port, page, disk, nginx] = daemon.checks.as_slice() else {
        panic!("four checks");
    };
    assert_eq!(
        *port,
        Check {
            name: "port".into(),
            kind: Kind::Tcp("[::1]:80".parse().unwrap()),
            interval: Duration::from_secs(2),
            timeout: Duration::from_secs(1),
            rise: 2,
            fall: 3,
            then: Then::Drain,
            nodes: None,
        }
    );
    assert_eq!(
        page.kind,
        Kind::Http("http://web.example:8080/health?x=1".into())
    );
    assert_eq!(
        (page.timeout, page.interval),
        (page.interval, Duration::from_millis(500))
    );
    let command = ["/usr/bin/test", "-e", "/srv"].map(str::to_owned);
    assert_eq!(disk.kind, Kind::Command(command.into()));
    assert_eq!((disk.rise, disk.fall, disk.then), (1, 1, Then::Drop));
    assert_eq!(nginx.kind, Kind::Unit("nginx@a-b.service".into()));
    let of = |node: &str| -> Vec<String> {
        daemon
            .checks_of(node)
            .map(|check| check.name.clone())
            .collect()
    };
    assert_eq!(of("n1"), ["port", "disk", "nginx"]);
    assert_eq!(of("n2"), ["port", "page", "disk", "nginx"]);
}

#[test]
fn http_addresses() {
    let file = |url: &str| {
        let check = format!("[[check]]\nname = \"page\"\nhttp = \"{url}\"\n");
        parse(&with("", &check))
    };
    for good in [
        "http://127.0.0.1",
        "http://[::1]:80/a",
        "http://web/",
        "http://10.0.0.1:8080/?q",
    ] {
        assert!(file(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "127.0.0.1",
        "/health",
        "ftp://web/",
        "http://",
        "http:///x",
        "http://web:0/",
        "http://web:99999/",
        "http://web:/",
        "http://me@web/",
        "http://we b/",
        "https://web/",
    ] {
        assert!(file(bad).is_err(), "{bad}");
    }
}

#[test]
fn by_hand_or_by_daemon() {
    let (by_hand, by_daemon) = (parse(WEB).unwrap(), parse(STORE).unwrap());
    assert_eq!(by_hand.by_hand("apply"), Ok(()));
    assert!(by_daemon.daemon().is_ok());
    let refusal = |failure: Failure| match failure {
        Failure::Refused(sentence) => sentence,
        other => panic!("{other:?}"),
    };
    let sentence = refusal(by_daemon.by_hand("apply").unwrap_err());
    assert!(
        sentence.contains("ssictl apply does not: start ssid"),
        "{sentence}"
    );
    let sentence = refusal(by_hand.daemon().unwrap_err());
    assert!(sentence.contains("no section [daemon]"), "{sentence}");
}

#[test]
fn wrong_daemons() {
    for (daemon, sentence) in [
        (
            "engin = \"alone\"",
            "9:1: engin: no such key in [daemon] (did you mean engine?)",
        ),
        (
            "colour = 1",
            "9:1: colour: no such key in [daemon]; there are engine, group, port, lease, beat, slack, drift, patience, \
             lease-expiry, max-moving, level-begin, level-stop, rest, quiet-load, quiet-hours, adapt, comeback, \
             realtime, metrics",
        ),
        (
            "engine = \"paxos\"",
            "9:10: engine \"paxos\": use one of datagram, corosync, alone",
        ),
        (
            "engine = \"corosync\"\nport = 9463",
            "10:8: port: goes with engine = \"datagram\"",
        ),
        (
            "engine = \"datagram\"\nport = 0",
            "10:8: port 0: give a number, 1 to 65535",
        ),
        (
            "engine = \"alone\"",
            "9:10: engine \"alone\": it is for one node, and there is n2 too; give \"datagram\"",
        ),
        (
            "group = \"\"",
            "9:9: group \"\": a group's name has 1 to 128 characters of ASCII and no space",
        ),
        (
            "group = \"a b\"",
            "9:9: group \"a b\": a group's name has 1 to 128 characters of ASCII and no space",
        ),
        ("lease = 0", "9:9: lease 0: give a number, 1 to 3600000"),
        (
            "lease = 3600001",
            "9:9: lease 3600001: give a number, 1 to 3600000",
        ),
        (
            "lease = 169",
            "9:1: lease: a lease of 169 ms ends before it can be renewed: give 170 ms or more",
        ),
        (
            "beat = 2000",
            "9:1: lease: a lease of 600 ms ends before it can be renewed: give 4050 ms or more",
        ),
        (
            "beat = 300\nlease = 600",
            "10:1: lease: a lease of 600 ms ends before it can be renewed: give 650 ms or more",
        ),
        (
            "slack = 2700",
            "9:1: lease: a lease of 600 ms ends before it can be renewed: give 2820 ms or more",
        ),
        (
            "drift = 1000",
            "9:1: drift: clocks cannot drift by 1000 ‰: give less than 1000",
        ),
        (
            "patience = 120",
            "9:1: patience 120: give more than two beats, 120, and less than half a lease, 300",
        ),
        (
            "patience = 300",
            "9:1: patience 300: give more than two beats, 120, and less than half a lease, 300",
        ),
        (
            "lease = 360",
            "9:1: patience 120: give more than two beats, 120, and less than half a lease, 180",
        ),
        (
            "lease-expiry = \"drap\"",
            "9:16: lease-expiry \"drap\": use one of drain, drop (did you mean drop?)",
        ),
        (
            "max-moving = -1",
            "9:14: max-moving -1: give a number, 0 to 4294967295",
        ),
        (
            "level-begin = 100",
            "9:15: level-begin 100: give a number, 101 to 10000",
        ),
        (
            "level-stop = 126",
            "9:1: level-stop 126: give at most level-begin, 125, or levelling would end before it begins",
        ),
        (
            "level-begin = 105",
            "9:1: level-stop 110: give at most level-begin, 105, or levelling would end before it begins",
        ),
        ("rest = 86401", "9:8: rest 86401: give a number, 0 to 86400"),
        (
            "quiet-load = -1",
            "9:14: quiet-load -1: give a number, 0 to 1000000000000",
        ),
        (
            "quiet-hours = [\"22-06\"]",
            "9:16: quiet-hours \"22-06\": give times of the day, as 22:00-06:00",
        ),
        (
            "quiet-hours = [\"22:00-22:00\"]",
            "9:16: quiet-hours \"22:00-22:00\": it ends when it begins; give 00:00-24:00 for the whole day",
        ),
        ("adapt = 1", "9:9: adapt 1: give true or false"),
        (
            "comeback = \"60\"",
            "9:12: comeback \"60\": give a number, 0 to 86400",
        ),
        (
            "metrics = \":9463\"",
            "9:11: metrics \":9463\": give an address and a port, as 127.0.0.1:9463",
        ),
        (
            "metrics = \"0.0.0.0:9463\"",
            "9:11: metrics \"0.0.0.0:9463\": give a loopback address, as 127.0.0.1:9463: everybody may read there, \
             without a password",
        ),
        (
            "metrics = \"[::1]:0\"",
            "9:11: metrics \"[::1]:0\": give a port, as 127.0.0.1:9463",
        ),
    ] {
        refused(&with(daemon, ""), sentence);
    }
}

#[test]
fn wrong_files() {
    let decided = |key: &str, place: &str| {
        format!("{place}: {key}: ssid decides it; with [daemon] take it away")
    };
    for (text, sentence) in [
        (instead("buckets", "generation = 2\nbuckets"), decided("generation", "5:1")),
        (instead("buckets", "master = \"n1\"\nbuckets"), decided("master", "5:1")),
        (instead("rank = 0", "rank = 0\nstate = \"draining\""), decided("state", "13:1")),
        (instead("rank = 0", "rank = 0\nowns = \"all\""), decided("owns", "13:1")),
        (instead("rank = 0", "rank = 0\ngains = \"1\""), decided("gains", "13:1")),
        (instead("rank = 0", "rank = 0\ncold = \"1\""), decided("cold", "13:1")),
        (instead("[daemon]", "daemon = true"), "8:10: daemon: give it a section of its own, headed [daemon]".into()),
        (instead("[daemon]", "[[daemon]]"), "8:1: daemon: give it a section of its own, headed [daemon]".into()),
        (instead("[daemon]", "[deamon]"), "8:2: deamon: no such key in a cluster file (did you mean daemon?)".into()),
        (instead("rank = 0", "rank = 1024"), "12:8: rank 1024: give a number, 0 to 1023".into()),
        (instead("id = 7", "id = 0"), "19:6: id 0: give a number, 1 to 2147483647".into()),
        (instead("id = 7", "id = 2147483648"), "19:6: id 2147483648: give a number, 1 to 2147483647".into()),
        (
            instead("id = 7", "id = 1"),
            "19:6: id 1: two nodes have it; each needs its own, and has rank + 1 where it gives none".into(),
        ),
        (
            instead("id = 7", "id = 3"),
            "23:8: id 3: two nodes have it; each needs its own, and has rank + 1 where it gives none".into(),
        ),
        (
            instead("priority = 500", "priority = 1001"),
            "18:12: priority 1001: give a number, 0 to 1000".into(),
        ),
        (instead("weight = 0", "weight = -1"), "24:10: weight -1: give a number, 0 to 10000".into()),
        (
            instead("rank = 0", "rank = 0\nweight = 0").replace("weight = 200", "weight = 0"),
            "11:8: no node serves: one at least needs a weight greater than 0".into(),
        ),
        (
            instead("interface = \"eth0\"\n", ""),
            "9:1: node n1: give interface, as interface = \"eth0\", here or at the top of the file".into(),
        ),
        (
            instead("buckets = 8", "mode = \"forward\""),
            "10:1: node n1: mode forward wants vlan = ID, or forward-interface = \"D2\", here or at the top of the file"
                .into(),
        ),
    ] {
        refused(&text, &sentence);
    }
    let goes = "goes with a section [daemon]";
    refused(
        &WEB.replace("rank = 0", "rank = 0\nid = 1"),
        &format!("11:1: id: {goes}"),
    );
    refused(
        &WEB.replace("rank = 0", "rank = 0\npriority = 1"),
        &format!("11:1: priority: {goes}"),
    );
    refused(
        &format!("{WEB}[[check]]\nname = \"a\"\n"),
        &format!("17:3: check: {goes}"),
    );
    refused(
        &WEB.replace("weight = 200", "weight = 0"),
        "16:10: weight 0: give a number, 1 to 10000",
    );
}

#[test]
fn wrong_checks() {
    for (check, sentence) in [
        (
            "tcp = \"127.0.0.1:80\"",
            "25:1: [[check]]: give name, as name = \"web\"",
        ),
        (
            "name = \"a b\"",
            "26:8: name \"a b\": a check's name has 1 to 32 letters, digits, '.', '-' and '_'",
        ),
        (
            "name = \"a\"",
            "25:1: check a: give one of tcp, http, command, unit",
        ),
        (
            "name = \"a\"\ntcp = \"127.0.0.1:80\"\nunit = \"nginx.service\"",
            "28:1: unit: not together with tcp; give one of them",
        ),
        (
            "name = \"a\"\ncomand = []",
            "27:1: comand: no such key in [[check]] (did you mean command?)",
        ),
        (
            "name = \"a\"\ntcp = \"localhost:80\"",
            "27:7: tcp \"localhost:80\": give an address and a port, as 127.0.0.1:80 or [::1]:80",
        ),
        (
            "name = \"a\"\ntcp = \"127.0.0.1:0\"",
            "27:7: tcp \"127.0.0.1:0\": give an address and a port, as 127.0.0.1:80 or [::1]:80",
        ),
        (
            "name = \"a\"\nhttp = \"web\"",
            "27:8: http \"web\": give plain HTTP, as http://127.0.0.1:80/health",
        ),
        (
            "name = \"a\"\nhttp = \"https://web/\"",
            "27:8: http \"https://web/\": HTTPS is for a command, as curl; give http://… or command",
        ),
        (
            "name = \"a\"\ncommand = \"true\"",
            "27:11: command \"true\": give a list of texts, as [\"a\", \"b\"]",
        ),
        (
            "name = \"a\"\ncommand = [\"true\"]",
            "27:1: command: give a program's whole path and its arguments, as [\"/usr/bin/test\", \"-e\", \
             \"/run/ready\"]",
        ),
        (
            "name = \"a\"\ncommand = []",
            "27:1: command: give a program's whole path and its arguments, as [\"/usr/bin/test\", \"-e\", \
             \"/run/ready\"]",
        ),
        (
            "name = \"a\"\nunit = \"nginx\"",
            "27:8: unit \"nginx\": give a unit of systemd with its kind, as nginx.service",
        ),
        (
            "name = \"a\"\nunit = \"-a.service\"",
            "27:8: unit \"-a.service\": give a unit of systemd with its kind, as nginx.service",
        ),
        (
            "name = \"a\"\ninterval = 99",
            "27:12: interval 99: give a number, 100 to 3600000",
        ),
        (
            "name = \"a\"\ntimeout = 2001",
            "27:11: timeout 2001: give at most the interval, 2000",
        ),
        (
            "name = \"a\"\nrise = 0",
            "27:8: rise 0: give a number, 1 to 1000",
        ),
        (
            "name = \"a\"\nfall = 1001",
            "27:8: fall 1001: give a number, 1 to 1000",
        ),
        (
            "name = \"a\"\nthen = \"kill\"",
            "27:8: then \"kill\": use one of drain, drop",
        ),
        (
            "name = \"a\"\nunit = \"a.service\"\nnodes = [\"n1\", \"n9\"]",
            "28:16: nodes \"n9\": no such node serves; there are n1, n2",
        ),
        (
            "name = \"a\"\nunit = \"a.service\"\nnodes = [\"n3\"]",
            "28:10: nodes \"n3\": no such node serves; there are n1, n2",
        ),
        (
            "name = \"a\"\nunit = \"a.service\"\nnodes = []",
            "28:9: nodes: give the nodes that run the check; without this key all do",
        ),
        (
            "name = \"a\"\nunit = \"a.service\"\n[[check]]\nname = \"a\"\nunit = \"b.service\"",
            "29:8: name \"a\": two checks have it",
        ),
    ] {
        refused(&with("", &format!("[[check]]\n{check}\n")), sentence);
    }
    refused(
        &instead("[daemon]", "check = 1\n[daemon]"),
        "8:9: check: give each check a section of its own, headed [[check]]",
    );
}

#[test]
fn whatever_is_cut_out_is_a_file_or_one_sentence() {
    let whole = with(
        "lease = 6000\nquiet-hours = [\"22:00-06:00\"]",
        "[[check]]\nname = \"page\"\nhttp = \"http://web/\"\nnodes = [\"n2\"]\n",
    );
    for from in 0..whole.len() {
        for to in [from + 1, from + 7, from + 40] {
            let text = format!("{}{}", &whole[..from], whole.get(to..).unwrap_or_default());
            match ClusterFile::parse("web.toml", text.clone().into_bytes()) {
                Err(Failure::Usage(sentence)) => assert_eq!(sentence.lines().count(), 1, "{text}"),
                Err(other) => panic!("{other:?}: {text}"),
                Ok(file) => assert!(file.daemon.is_none_or(|daemon| daemon.checks.len() <= 1)),
            }
        }
    }
}

#[test]
fn the_engine_over_corosync_has_timing_of_its_own() {
    let daemon = daemon(&with("engine = \"corosync\"", ""));
    assert_eq!(daemon.engine, Engine::Corosync);
    assert_eq!(daemon.timing, Timing::default());
    assert_eq!(daemon.patience, Duration::from_millis(500));
}

#[test]
fn the_engine_over_datagrams_takes_a_key() {
    let text = STORE.replacen("[daemon]", "key-file = \"/etc/ssi/key\"\n[daemon]", 1);
    assert!(parse(&text).is_ok());
    refused(
        &text.replacen("[daemon]", "[daemon]\nengine = \"corosync\"", 1),
        "8:12: key-file: goes with mode = \"forward\", or with engine = \"datagram\"",
    );
}

#[test]
fn the_engine_over_datagrams_is_for_32_nodes() {
    let more = |count: u32| {
        let nodes =
            (3..count).map(|rank| format!("[[node]]\nname = \"m{rank}\"\nrank = {}\n", rank + 10));
        with("engine = \"datagram\"", &nodes.collect::<String>())
    };
    assert!(parse(&more(32)).is_ok());
    let by_default = more(33).replacen("engine = \"datagram\"\n", "", 1);
    refused(
        &by_default,
        "8:1: engine \"datagram\": it is for 32 nodes at most, and there are 33; give \"corosync\"",
    );
    refused(
        &more(33),
        "9:10: engine \"datagram\": it is for 32 nodes at most, and there are 33; give \"corosync\"",
    );
}
