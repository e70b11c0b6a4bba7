// SPDX-License-Identifier: GPL-2.0-only

//! Each mistake in a file for ssid, its place and its sentence.

use super::*;

#[test]
fn wrong_daemons() {
    for (daemon, sentence) in [
        (
            "engin = \"alone\"",
            "9:1: engin: no such key in [daemon] (did you mean engine?)",
        ),
        (
            "colour = 1",
            "9:1: colour: no such key in [daemon]; there are engine, group, port, two-node, lease, beat, slack, drift, patience, \
             lease-expiry, stick, max-moving, level-begin, level-stop, rest, quiet-load, quiet-hours, adapt, comeback, \
             realtime, metrics, notify, notify-command",
        ),
        (
            "stick = \"clients\"",
            "9:9: stick \"clients\": use one of client (did you mean client?)",
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
