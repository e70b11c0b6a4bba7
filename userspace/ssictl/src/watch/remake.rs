// SPDX-License-Identifier: GPL-2.0-only

//! Remake of a cluster that went with its interface: by its file, once the interface is there again.

use std::iter;
use std::path::{Path, PathBuf};

use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, ForwardInterface, host};
use ssi_cluster::system::{self, System};
use ssi_netlink::Cluster;

use crate::apply::{self, Apply, FOLDER};
use crate::watch::lines::Made;

#[cfg(test)]
mod tests;

/// By which file it is made again, and as which node.
#[derive(clap::Args, Debug)]
pub struct Remake {
    /// Cluster file by which it is made again [default: /etc/ssi/NAME.toml]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// This node's name in the file [default: the machine's name]
    #[arg(long, value_name = "NAME", value_parser = host)]
    pub node: Option<String>,

    /// Where apply keeps what this node has
    #[arg(long, value_name = "FOLDER", default_value = FOLDER)]
    pub memory: PathBuf,
}

/// What came of an attempt that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub enum Attempt {
    Made(Made),
    /// This interface is not there yet.
    Waits(String),
}

impl Remake {
    /// The file: the one given, or that of the cluster's name in `folder`, which is to be there.
    pub fn path(&self, name: &str, folder: &Path) -> Result<PathBuf, Failure> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let path = folder.join(format!("{name}.toml"));
        match path.is_file() {
            true => Ok(path),
            false => Err(Failure::Refused(format!(
                "{name} went with its interface, and there is no {} to make it again by",
                path.display()
            ))),
        }
    }

    /// Makes it again as it `was`, with what this node had, if its interface is there.
    pub fn run(
        &self,
        system: &mut impl System,
        name: &str,
        path: &Path,
        was: &Cluster,
    ) -> Result<Attempt, Failure> {
        self.by(
            system,
            name,
            &ClusterFile::read(path)?,
            &system::host(),
            was,
        )
    }

    /// The same with a file that was read, on a machine of this name.
    fn by(
        &self,
        system: &mut impl System,
        name: &str,
        file: &ClusterFile,
        machine: &str,
        was: &Cluster,
    ) -> Result<Attempt, Failure> {
        let path = &file.source.path;
        if file.name != name {
            return Err(Failure::Refused(format!(
                "{path}: this is the file of {}, and not of {name}",
                file.name
            )));
        }
        file.by_hand("watch")?;
        let me = file.this(machine, self.node.as_deref())?;
        let forward = match &me.forward_interface {
            Some(ForwardInterface::Device(device)) => Some(device),
            // A VLAN is made with the cluster.
            Some(ForwardInterface::Vlan(_)) | None => None,
        };
        for interface in iter::once(&me.interface).chain(forward) {
            let link = system.link(interface);
            if link.map_err(|e| Failure::refused(name, &e))?.is_none() {
                return Ok(Attempt::Waits(interface.clone()));
            }
        }
        apply::again::check(system, file, me, &self.memory, was)?;
        let apply = Apply {
            file: None,
            node: self.node.clone(),
            adopt: false,
            cold: false,
            wait: false,
            dry_run: false,
            memory: self.memory.clone(),
        };
        apply::done(system, file, machine, &apply)?;
        Ok(Attempt::Made(Made {
            cluster: name.to_owned(),
            interface: me.interface.clone(),
            file: path.clone(),
            node: me.name.clone(),
        }))
    }
}
