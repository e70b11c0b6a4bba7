// SPDX-License-Identifier: GPL-2.0-only

//! Tests of orders: what the daemon is asked, and what is shown of it.

use super::*;
use crate::daemon::fake::Daemon;
use crate::daemon::sample;
use crate::sessions;
use ssi_cluster::fake::Fake;

const NOW: How = How {
    dry_run: false,
    wait: None,
    weight: 100,
    until: Some(1800),
};

/// With the kernel of a machine whose cluster is another.
fn give(place: &Place, order: &Order, how: How) -> Result<Ordered, Failure> {
    super::give(&mut Fake::default(), place, order, how)
}

fn order(wish: Wish) -> Order {
    let node = "n2".into();
    Order { node, wish }
}

/// A daemon that does at once what it is asked for.
fn willing() -> Daemon {
    Daemon::answering(|ask| {
        let mut status = sample::well();
        let n2 = &mut status.nodes[1];
        (n2.state, n2.owned) = ("draining".into(), 0);
        let heat = sample::heat(&status);
        match ask {
            Ask::Order(_) => vec![Answer::Done],
            Ask::Watch { heat: false } => vec![Answer::Status(Box::new(status))],
            Ask::Watch { heat: true } => {
                vec![Answer::Status(Box::new(sample::well())), Answer::Heat(heat)]
            }
            other => panic!("{other:?}"),
        }
    })
}

#[test]
fn orders_are_passed_on() {
    for (wish, text) in [
        (Wish::Drain(None), "drain"),
        (Wish::Serve, "serve"),
        (Wish::Leave(None), "leave"),
        (Wish::Weight(Some(50)), "have weight 50"),
        (Wish::Weight(None), "have the weight of the file"),
    ] {
        let daemon = willing();
        let ordered = give(&daemon.place, &order(wish), NOW).unwrap();
        assert_eq!(
            ordered.text(),
            format!("web: n2 is asked to {text}\nhow far it is: ssictl status web\n")
        );
        assert_eq!(daemon.asked(), [Ask::Order(order(wish))]);
    }
}

#[test]
fn waiting() {
    let daemon = willing();
    let how = How {
        wait: Some(Duration::from_secs(60)),
        ..NOW
    };
    let ordered = give(&daemon.place, &order(Wish::Drain(None)), how).unwrap();
    let text = ordered.text();
    assert_eq!(text, "web: n2 is asked to drain\nn2 is drained after 0 s\n");
    assert_eq!(daemon.asked().len(), 2);
}

#[test]
fn a_refusal_is_passed_on_and_nothing_is_waited_for() {
    let why = "n2 is the only node that serves; join another first";
    let daemon = Daemon::answering(move |_| vec![Answer::Refused(why.into())]);
    let how = How {
        wait: Some(Duration::from_secs(60)),
        ..NOW
    };
    let refused = give(&daemon.place, &order(Wish::Drain(None)), how).unwrap_err();
    assert_eq!(refused, Failure::Refused(why.into()));
    assert_eq!(daemon.asked().len(), 1);
}

#[test]
fn a_dry_run_orders_nothing() {
    let daemon = willing();
    let ordered = dry(&daemon);
    let text = ordered.text();
    assert!(
        text.starts_with("n2 would be asked to drain; nothing was done\n"),
        "{text}"
    );
    assert!(text.contains("buckets would move"), "{text}");
    assert!(
        text.contains("\nn2 has 120 sessions now; those left after 1800 s would end. "),
        "{text}"
    );
    assert_eq!(daemon.asked(), [Ask::Watch { heat: true }]);
}

fn dry(daemon: &Daemon) -> Ordered {
    let how = How {
        dry_run: true,
        ..NOW
    };
    give(&daemon.place, &order(Wish::Drain(None)), how).unwrap()
}

/// An order with all that it can have.
pub fn whole() -> Ordered {
    let mut at = sample::well();
    (at.cluster, at.node) = ("store".into(), "n2".into());
    let daemon = Daemon::answering(move |_| {
        let heat = sample::heat(&at);
        vec![Answer::Status(Box::new(at.clone())), Answer::Heat(heat)]
    });
    let how = How {
        dry_run: true,
        ..NOW
    };
    let mut fake = sessions::tests::fake();
    super::give(&mut fake, &daemon.place, &order(Wish::Drain(None)), how).unwrap()
}
