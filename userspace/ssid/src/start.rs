// SPDX-License-Identifier: GPL-2.0-only

//! Puts the daemon together.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::os::unix::net::UnixListener as StdListener;

use ssi_cluster::file::daemon::Engine as Choice;
use ssi_cluster::system::Live;
use ssi_group_comm::Engine;
use ssi_group_comm::alone::Alone;
use ssi_group_comm::corosync::{self, Corosync};
use ssi_group_comm::datagram::{Datagram, Settings, Timing};
use ssi_monitor::health;
use ssi_protocol::TableFound;
use tokio::net::UnixListener;
use tokio::runtime::Builder;
use tokio::sync::{broadcast, mpsc};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::agent::{Agent, Start};
use crate::config::Config;
use crate::control::Control;
use crate::kernel::{self, Kernel};
use crate::log_kind::LogKind;
use crate::metrics::Metrics;
use crate::notify::Notifier;
use crate::remarks::Remarks;
use crate::resilience::Resilience;
use crate::restraint::Restraint;
use crate::run::{EVENTS, Loop};
use crate::service::Service;
use crate::watch::Watch;
use crate::{clock, http, precedence, state_file};

/// Corosync's key.
const AUTHKEY: &str = "/etc/corosync/authkey";
/// Things that may wait for the loop.
const WAITING: usize = 256;

/// Logs to the journal where the service's output goes there, else to standard error.
pub fn log(verbose: bool) {
    let level = if verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    let filter = EnvFilter::builder()
        .with_default_directive(level.into())
        .with_env_var("SSID_LOG")
        .from_env_lossy();
    let registry = tracing_subscriber::registry().with(filter);
    let is_service = std::env::var_os("JOURNAL_STREAM").is_some();
    match tracing_journald::layer() {
        Ok(journal) if is_service => {
            let journal = journal.with_field_prefix(Some("SSI".into()));
            registry.with(journal).init();
        }
        _ => {
            let text = tracing_subscriber::fmt::layer()
                .with_writer(io::stderr)
                .with_target(false)
                .with_ansi(io::stderr().is_terminal());
            registry.with(text).init();
        }
    }
}

/// Runs the daemon until it is asked to end.
///
/// # Errors
///
/// A sentence on why it cannot run.
pub fn run(config: Config) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("the runtime does not start: {e}"))?;
    let result = runtime.block_on(serve(config));
    // A thread that waits for the kernel is not waited for.
    runtime.shutdown_background();
    result
}

/// Runs commands of checks for who asks at this socket.
///
/// # Errors
///
/// Where it is none that listens.
pub fn run_checks(listener: StdListener) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        listener.local_addr()?;
        listener.set_nonblocking(true)?;
        health::serve(UnixListener::from_std(listener)?).await;
        Ok(())
    })
}

async fn serve(config: Config) -> Result<(), String> {
    if let Some(remark) = &config.file.remark {
        LogKind::Remark.log(remark);
    }
    let refused = match config.daemon.realtime {
        true => precedence::take(),
        false => Vec::new(),
    };
    refused.iter().for_each(|why| LogKind::Precedence.log(why));
    warn_of_device(&config);
    let name = config.file.name.clone();
    let socket = ssid_api::socket(&name);
    // First of all, as it keeps a second daemon of the cluster away.
    let control = Control::open(&socket).map_err(|e| format!("{}: {e}", socket.display()))?;
    let scraped = match config.daemon.metrics {
        Some(address) => Some(http::open(address).await?),
        None => None,
    };
    let wishes = state_file::path(&name);
    let kept = state_file::read(&wishes)?;
    let settings = config.settings();
    let granted_path = state_file::granted_path(&name);
    let granted = state_file::begin_granting(&granted_path, settings.timing.surely_over())?;
    let has_left = kept.leave;
    let (found, master) = found(&config, has_left)?;
    let engine = engine(&config)?;

    let (sender, events) = mpsc::channel(WAITING);
    let (asks, queries) = mpsc::channel(WAITING);
    let (asks_figures, scrapes) = mpsc::channel(WAITING);
    let (published, _) = broadcast::channel(EVENTS);
    let start = Start {
        settings,
        wishes: kept,
        found,
        master,
        number: crate::random(),
        granted,
    };
    let mut agent = Agent::new(start, engine.kind(), clock::now());
    agent.remark(refused.clone());
    let service = Service::new();
    let all = Loop {
        kernel: Kernel::start(
            config.file.clone(),
            config.me.clone(),
            !has_left,
            sender.clone(),
        ),
        watch: Watch::start(&config, &sender),
        metrics: Metrics::new(&name),
        restraint: Restraint::new(clock::now()),
        notifier: Notifier::new(&config, &agent.held(clock::now())),
        remarks: Remarks::new(refused),
        waiting: HashMap::new(),
        levelling: true,
        published: published.clone(),
        config,
        agent,
        engine,
        events,
        sender,
        queries,
        scrapes,
        service,
        wishes,
    };
    let me = &all.config.me.name;
    LogKind::Runs.log(format_args!("{name} runs, as node {me}"));
    all.service.ready();
    if let Some(listener) = scraped {
        tokio::spawn(http::serve(listener, asks_figures));
    }
    tokio::select! {
        result = all.run() => result,
        () = control.serve(asks, published) => Ok(()),
    }
}

/// Says in the log that Corosync's quorum device does not count, where somebody may rely on it. A Corosync that stands still is not waited
/// for.
fn warn_of_device(config: &Config) {
    let config = config.clone();
    let look = move || {
        let mut resilience = Resilience::of(&config, None, None);
        resilience.warnings.clear();
        if let Some(device) = corosync::device() {
            resilience.beside(&device, &config);
        }
        let all = resilience.warnings.iter().chain(&resilience.refused);
        all.for_each(|why| LogKind::Remark.log(why));
    };
    std::thread::spawn(look);
}

/// What this node's kernel has: nothing on a witness, and on a node that left.
fn found(config: &Config, has_left: bool) -> Result<(TableFound, bool), String> {
    if config.me.is_witness() || has_left {
        return Ok((TableFound::nothing(config.file.buckets), false));
    }
    let there = ssi_cluster::ready::ready(&mut Live::default(), &config.file, &config.me);
    let there = there.map_err(|failure| kernel::sentence(&failure))?;
    Ok((kernel::found(&there.table), there.cluster.master))
}

fn engine(config: &Config) -> Result<Box<dyn Engine>, String> {
    let id = config.me.id;
    let failed = |e| format!("the engine's thread does not start: {e}");
    Ok(match config.daemon.engine {
        Choice::Alone => Box::new(Alone::start(id)),
        Choice::Corosync => {
            let engine = Corosync::start(&config.daemon.group, id);
            Box::new(engine.map_err(failed)?)
        }
        Choice::Datagram => Box::new(Datagram::start(datagram(config)?)?),
    })
}

/// Settings of the engine over datagrams.
fn datagram(config: &Config) -> Result<Settings, String> {
    let daemon = &config.daemon;
    Ok(Settings {
        group: daemon.group.clone(),
        id: config.me.id,
        nodes: config.engine_nodes(),
        secret: secret(config)?,
        port: daemon.port,
        timing: Timing {
            beat: daemon.timing.beat(),
            patience: u64::try_from(daemon.patience.as_millis()).unwrap_or(u64::MAX),
        },
    })
}

/// What the nodes share: the cluster file's key, or Corosync's.
///
/// # Errors
///
/// A sentence, where there is neither.
pub fn secret(config: &Config) -> Result<Vec<u8>, String> {
    let key = config
        .file
        .key()
        .map_err(|failure| kernel::sentence(&failure))?;
    if let Some(key) = key {
        return Ok(key.0.to_vec());
    }
    std::fs::read(AUTHKEY).map_err(|e| {
        format!(
            "{AUTHKEY}: {e}: the engine \"datagram\" needs a key that all nodes have: make Corosync's by corosync-keygen, \
             or give key-file in {}",
            config.path.display()
        )
    })
}
