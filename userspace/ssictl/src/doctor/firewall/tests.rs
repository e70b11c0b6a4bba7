// SPDX-License-Identifier: GPL-2.0-only

use super::*;

/// A chain `in` at hook input with this policy, rules of these expressions, and a chain `other` besides.
fn rules(policy: &str, all: &[&str]) -> Ruleset {
    let mut text = format!(
        r#"[{{"chain":{{"family":"inet","table":"f","name":"in","type":"filter","hook":"input","policy":"{policy}"}}}},
        {{"chain":{{"family":"inet","table":"f","name":"other"}}}},
        {{"rule":{{"family":"inet","table":"f","chain":"other","handle":99,"expr":[{{"drop":null}}]}}}}"#
    );
    for (handle, expressions) in all.iter().enumerate() {
        text += &format!(
            r#",{{"rule":{{"family":"inet","table":"f","chain":"in","handle":{handle},"expr":[{expressions}]}}}}"#
        );
    }
    let list: Vec<Value> = serde_json::from_str(&(text + "]")).unwrap();
    Ruleset::of(&list)
}

fn is(left: &str, op: &str, right: &str) -> String {
    format!(r#"{{"match":{{"op":"{op}","left":{left},"right":{right}}}}}"#)
}

fn dropped(policy: &str, all: &[&str]) -> bool {
    let packet = Packet::request("eth0", Kind::Tcp, [10, 9, 0, 100].into(), 80);
    rules(policy, all).drops(&Hook::INCOMING, &packet).is_some()
}

const DROP: &str = r#"{"drop":null}"#;
const ACCEPT: &str = r#"{"accept":null}"#;

#[test]
fn conditions() {
    let dport = r#"{"payload":{"protocol":"tcp","field":"dport"}}"#;
    let daddr = r#"{"payload":{"protocol":"ip","field":"daddr"}}"#;
    let saddr = r#"{"payload":{"protocol":"ip","field":"saddr"}}"#;
    let device = r#"{"meta":{"key":"iifname"}}"#;
    let l4 = r#"{"meta":{"key":"l4proto"}}"#;
    for (condition, is_so) in [
        (is(dport, "==", "80"), true),
        (is(dport, "!=", "80"), false),
        (is(dport, "!=", "22"), true),
        (is(dport, "==", "22"), false),
        (is(dport, "==", r#"{"set":[22,80]}"#), true),
        (is(dport, "==", r#"{"set":[22,{"range":[1,79]}]}"#), false),
        (is(dport, "==", r#"{"range":[79,81]}"#), true),
        (is(dport, "==", r#""@ports""#), false),
        (is(daddr, "==", r#""10.9.0.100""#), true),
        (
            is(daddr, "==", r#"{"prefix":{"addr":"10.9.0.0","len":16}}"#),
            true,
        ),
        (
            is(daddr, "==", r#"{"prefix":{"addr":"10.8.0.0","len":16}}"#),
            false,
        ),
        // Some clients only.
        (is(saddr, "==", r#""10.9.0.1""#), false),
        (is(saddr, "!=", r#""10.9.0.1""#), false),
        (is(device, "==", r#""eth0""#), true),
        (is(device, "==", r#""eth*""#), true),
        (is(device, "!=", r#""lo""#), true),
        (is(l4, "==", r#""tcp""#), true),
        (is(l4, "==", r#"{"set":["udp","tcp"]}"#), true),
        (is(l4, "==", r#""udp""#), false),
        (
            is(
                r#"{"payload":{"protocol":"udp","field":"dport"}}"#,
                "==",
                "80",
            ),
            false,
        ),
        (
            is(
                r#"{"payload":{"protocol":"ip6","field":"daddr"}}"#,
                "!=",
                r#""::1""#,
            ),
            false,
        ),
        (r#"{"limit":{"rate":1}}"#.to_owned(), false),
        (r#"{"counter":{"packets":0,"bytes":0}}"#.to_owned(), true),
    ] {
        let rule = format!("{condition},{DROP}");
        assert_eq!(dropped("accept", &[&rule]), is_so, "{condition}");
    }
}

#[test]
fn order_and_policy() {
    assert!(dropped("drop", &[]));
    assert!(!dropped("accept", &[]));
    assert!(!dropped("drop", &[ACCEPT]));
    assert!(!dropped("accept", &[ACCEPT, DROP]));
    // Who may have been let in is not said to be dropped.
    let some = is(
        r#"{"payload":{"protocol":"ip","field":"saddr"}}"#,
        "==",
        r#""10.9.0.1""#,
    );
    let some_in = format!("{some},{ACCEPT}");
    assert!(!dropped("drop", &[&some_in]));
    assert!(!dropped("accept", &[&some_in, DROP]));
    // Who may have been dropped is, at last.
    let some_out = format!("{some},{DROP}");
    assert!(dropped("accept", &[&some_out, DROP]));
    assert!(!dropped("accept", &[&some_out]));
    // What is not understood may be anything.
    assert!(!dropped(
        "drop",
        &[r#"{"xt":{"type":"match","name":"foo"}}"#]
    ));
    assert!(!dropped("drop", &[r#"{"vmap":{"key":1,"data":2}}"#]));
}

#[test]
fn jumps() {
    assert!(dropped("accept", &[r#"{"jump":{"target":"other"}}"#]));
    assert!(dropped("accept", &[r#"{"goto":{"target":"other"}}"#]));
    assert!(!dropped("drop", &[r#"{"jump":{"target":"nowhere"}}"#]));
    let some = is(r#"{"meta":{"key":"mark"}}"#, "==", "1");
    assert!(!dropped(
        "drop",
        &[&format!(r#"{some},{{"jump":{{"target":"other"}}}}"#)]
    ));
    // Round and round ends.
    let round: Vec<Value> = serde_json::from_str(
        r#"[{"chain":{"family":"ip","table":"f","name":"in","type":"filter","hook":"input","policy":"drop"}},
        {"rule":{"family":"ip","table":"f","chain":"in","handle":1,"expr":[{"jump":{"target":"in"}}]}}]"#,
    )
    .unwrap();
    let packet = Packet::request("eth0", Kind::Tcp, [10, 9, 0, 100].into(), 80);
    assert_eq!(Ruleset::of(&round).drops(&Hook::INCOMING, &packet), None);
}
