// SPDX-License-Identifier: GPL-2.0-only

//! `ssid`: runs an ssi cluster, one on each node.

mod args;

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixListener;
use std::process::ExitCode;

use clap::Parser as _;
use ssi_cli::exit;
use ssi_cluster::file::daemon::Engine;
use ssi_group_comm::{corosync, datagram};
use ssid::config::Config;
use ssid::resilience::Resilience;
use ssid::start;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(folder) = &args.man {
        return match args::manual(folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => exit::refused("ssid", &format!("writing to {}: {e}", folder.display())),
        };
    }
    if args.checks {
        return match run_checks() {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => exit::refused(
                "ssid",
                &format!("--checks: {e}; it is for ssid-checks.socket"),
            ),
        };
    }
    let config = match Config::read(args.file.as_deref(), args.node.as_deref()) {
        Ok(config) => config,
        Err(failure) => return exit::failure("ssid", &failure),
    };
    if args.check {
        return check(&config, args.json);
    }
    start::log(args.verbose);
    match start::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => exit::refused("ssid", &sentence),
    }
}

/// Runs commands of checks for the ssid of each cluster here, with the rights of this user. Standard input is the socket where they ask.
fn run_checks() -> io::Result<()> {
    let listener = UnixListener::from(io::stdin().as_fd().try_clone_to_owned()?);
    start::run_checks(listener)
}

/// Shows what the cluster of a right file survives, and refuses it where it cannot work.
fn check(config: &Config, json: bool) -> ExitCode {
    let list = match config.names_nodes() || config.daemon.engine == Engine::Alone {
        true => None,
        false => datagram::named(),
    };
    let mut resilience = Resilience::of(config, corosync::token(), list.as_ref());
    if let Some(device) = corosync::device() {
        resilience.beside(&device, config);
    }
    if config.daemon.engine == Engine::Datagram {
        resilience.warnings.extend(start::secret(config).err());
    }
    let text = match json {
        true => serde_json::to_string(&resilience).map(|text| text + "\n"),
        false => Ok(resilience.to_string()),
    };
    let written = text
        .map_err(io::Error::from)
        .and_then(|text| io::stdout().write_all(text.as_bytes()));
    match written {
        Ok(()) => {}
        // Who read it has seen enough.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {}
        Err(e) => return exit::refused("ssid", &e.to_string()),
    }
    let refused = resilience.refused.iter();
    refused.fold(ExitCode::SUCCESS, |_, why| exit::refused("ssid", why))
}
