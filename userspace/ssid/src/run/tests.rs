// SPDX-License-Identifier: GPL-2.0-only

//! The loop by itself, with a kernel that answers or does not.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use sd_notify::NotifyState;
use ssi_group_comm::alone::Alone;
use ssi_protocol::{Clients, KernelEvent, TableFound};
use tokio::time::{sleep, timeout};

use crate::agent::{Start, Wishes};

use super::*;

/// A lease that is over soon, so that nobody waits.
const FILE: &str = "name = \"web\"\nvips = [\"192.0.2.10/32\"]\ninterface = \"eth0\"\nbuckets = 64\n[daemon]\nengine = \"alone\"\n\
                    lease = 300\nbeat = 30\n[[node]]\nname = \"n1\"\nrank = 0\n";
/// Many beats and a lease.
const WHILE: Duration = Duration::from_millis(600);
const AT_MOST: Duration = Duration::from_secs(60);

/// Signs of life that systemd has got.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
static KERNEL_ANSWERS: AtomicBool = AtomicBool::new(true);

fn notified(states: &[NotifyState<'_>]) {
    let alive = |state: &&NotifyState<'_>| matches!(state, NotifyState::Watchdog);
    ALIVE.fetch_add(states.iter().filter(alive).count(), SeqCst);
}

/// Answers commands, or waits with that until it may.
fn kernel(orders: &std_mpsc::Receiver<Order>, events: &mpsc::Sender<Event>) {
    while let Ok(order) = orders.recv() {
        if !matches!(order, Order::Command(_)) {
            continue;
        }
        while !KERNEL_ANSWERS.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let done = Event::Kernel(KernelEvent::Done(Clients::default()));
        if events.blocking_send(done).is_err() {
            return;
        }
    }
}

fn all(config: Config) -> (Loop, mpsc::Sender<Query>) {
    let (sender, events) = mpsc::channel(64);
    let (asks, queries) = mpsc::channel(4);
    let (_, scrapes) = mpsc::channel(1);
    let (orders, received) = std_mpsc::channel();
    let answers = sender.clone();
    std::thread::spawn(move || kernel(&received, &answers));
    let engine = Alone::start(config.me.id);
    let settings = config.settings();
    let start = Start {
        // What was kept is as it should be: nothing is written.
        granted: settings.timing.surely_over(),
        settings,
        wishes: Wishes::default(),
        found: TableFound::nothing(config.file.buckets),
        master: false,
        number: 1,
    };
    let agent = Agent::new(start, engine.kind(), clock::now());
    let all = Loop {
        engine: Box::new(engine),
        kernel: Kernel::of(orders),
        events,
        sender,
        queries,
        scrapes,
        published: broadcast::channel(EVENTS).0,
        metrics: Metrics::new("web"),
        restraint: Restraint::new(clock::now()),
        notifier: Notifier::new(&config, &agent.held(clock::now())),
        remarks: Remarks::default(),
        watch: watch::Watch::none(),
        service: Service::with(Some(Duration::ZERO), notified),
        wishes: PathBuf::new(),
        levelling: true,
        waiting: HashMap::new(),
        agent,
        config,
    };
    (all, asks)
}

/// Waits until this node's kernel is in trouble, or is not.
async fn until_silent(asks: &mpsc::Sender<Query>, is_silent: bool) {
    loop {
        let (to, answer) = oneshot::channel();
        asks.send(Query::Status(to)).await.unwrap();
        let trouble = answer.await.unwrap().trouble;
        if trouble.iter().any(|why| why.contains("has not answered")) == is_silent {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

async fn until_more() {
    let before = ALIVE.load(SeqCst);
    while ALIVE.load(SeqCst) < before + 3 {
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn no_sign_of_life_while_the_kernel_is_silent() {
    let path = std::env::temp_dir().join(format!("ssid-run-{}.toml", std::process::id()));
    fs::write(&path, FILE).unwrap();
    let config = Config::read(path.to_str(), Some("n1")).unwrap();
    let _ = fs::remove_file(&path);
    let (all, asks) = all(config);
    let test = async {
        until_silent(&asks, false).await;
        until_more().await;
        KERNEL_ANSWERS.store(false, SeqCst);
        until_silent(&asks, true).await;
        // It goes round, as it says itself, for long.
        let before = ALIVE.load(SeqCst);
        sleep(WHILE).await;
        until_silent(&asks, true).await;
        assert_eq!(ALIVE.load(SeqCst), before);
        KERNEL_ANSWERS.store(true, SeqCst);
        until_more().await;
    };
    select! {
        ended = all.run() => panic!("it has ended: {ended:?}"),
        done = timeout(AT_MOST, test) => done.unwrap(),
    }
}
