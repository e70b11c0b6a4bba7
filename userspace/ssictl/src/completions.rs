// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl completions`, and what a shell asks while somebody types: words of the command line, and names that this machine
//! knows.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use clap::builder::ValueHint;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter as _,
};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, place};
use ssi_cluster::system::{Live, System as _};

use crate::args::Args;
use crate::output;

/// The variable by which a shell's function asks.
const VARIABLE: &str = "SSICTL_COMPLETE";
/// Those of this process' network namespace, a line each behind two of titles; what is mounted at /sys may be another's.
const INTERFACES: &str = "/proc/net/dev";

/// Answers a shell, if it is one that asks, and ends.
pub fn answer() {
    CompleteEnv::with_factory(command)
        .var(VARIABLE)
        .completer("ssictl")
        .complete();
}

/// Prints the script of a shell.
pub fn run(shell: Shell) -> Result<(), Failure> {
    let shells = Shells::builtins();
    let Some(completer) = shells.completer(&shell.to_string()) else {
        return Err(Failure::Usage(format!("{shell}: no such shell")));
    };
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "ssictl", "ssictl", "ssictl", &mut script)?;
    output::write(&String::from_utf8_lossy(&script))
}

/// The command line, whose arguments know what they may be.
fn command() -> Command {
    known(Args::command())
}

fn known(command: Command) -> Command {
    let verbs: Vec<String> = command
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    let command = command.mut_args(argument);
    verbs
        .into_iter()
        .fold(command, |command, verb| command.mut_subcommand(verb, known))
}

/// By what it is called in help.
fn argument(arg: Arg) -> Arg {
    let value = arg.get_value_names().and_then(|names| names.first());
    match (arg.get_id().as_str(), value.map(|name| name.as_str())) {
        ("name", _) => arg.add(ArgValueCandidates::new(|| candidates(clusters()))),
        ("file", _) => arg
            .value_hint(ValueHint::FilePath)
            .add(ArgValueCompleter::new(files)),
        (_, Some("D" | "D2")) => arg.add(ArgValueCandidates::new(|| candidates(interfaces()))),
        (_, Some("NODE" | "NODE[:W]" | "NODE=W")) | ("node", Some("NAME")) => {
            arg.add(ArgValueCandidates::new(|| {
                candidates(nodes(Path::new(place::FOLDER)))
            }))
        }
        _ => arg,
    }
}

fn interfaces() -> BTreeSet<String> {
    let text = fs::read_to_string(INTERFACES).unwrap_or_default();
    let names = text.lines().skip(2).filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

fn candidates(names: BTreeSet<String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// Clusters of the kernel, and those that have a file.
fn clusters() -> BTreeSet<String> {
    // Who may not ask the kernel has the files.
    let there = Live::default().clusters().unwrap_or_default();
    let mut names: BTreeSet<String> = there.into_iter().map(|one| one.name).collect();
    names.extend(files_in(Path::new(place::FOLDER)));
    names
}

/// A cluster file's name, or its path.
fn files(begun: &OsStr) -> Vec<CompletionCandidate> {
    let begins = |name: &String| name.starts_with(&*begun.to_string_lossy());
    let names = files_in(Path::new(place::FOLDER)).into_iter();
    let mut all = candidates(names.filter(begins).collect());
    all.extend(PathCompleter::file().complete(begun));
    all
}

fn files_in(folder: &Path) -> BTreeSet<String> {
    let names = entries(folder).into_iter();
    names
        .filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned()))
        .collect()
}

/// Nodes of all cluster files.
fn nodes(folder: &Path) -> BTreeSet<String> {
    let paths = files_in(folder).into_iter();
    let files = paths.filter_map(|name| {
        let path = folder.join(format!("{name}.toml"));
        ClusterFile::read(&path).ok()
    });
    files
        .flat_map(|file| file.nodes)
        .map(|node| node.name)
        .collect()
}

fn entries(folder: impl AsRef<Path>) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_cluster_files() {
        let folder = std::env::temp_dir().join(format!("ssictl-complete-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("web.toml"), ssi_cluster::sample::WEB).unwrap();
        fs::write(folder.join("store.toml"), ssi_cluster::sample::STORE).unwrap();
        fs::write(folder.join("broken.toml"), "no").unwrap();
        fs::write(folder.join("store.key"), "").unwrap();
        let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(list(files_in(&folder)), "broken store web");
        assert_eq!(list(nodes(&folder)), "n1 n2 n3");
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(list(nodes(&folder)), "");
    }

    #[test]
    fn arguments_know_what_they_may_be() {
        let command = command();
        let find = |verbs: &[&str], id: &str| {
            let verb = verbs.iter().fold(&command, |command, verb| {
                command.find_subcommand(verb).unwrap()
            });
            let arg = verb.get_arguments().find(|arg| arg.get_id() == id);
            arg.unwrap().get::<ArgValueCandidates>().is_some()
        };
        for (verbs, id) in [
            (&["explain"][..], "name"),
            (&["cluster", "add"], "dev"),
            (&["cluster", "join"], "forward_dev"),
            (&["drain"], "node"),
            (&["plan"], "leave"),
            (&["plan"], "weight"),
            (&["apply"], "node"),
            (&["confirm-dead"], "node"),
            (&["doctor"], "on"),
        ] {
            assert!(find(verbs, id), "{verbs:?} {id}");
        }
        assert!(!find(&["cluster", "add"], "node"));
    }
}
