// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster show` and `del` with `--all-namespaces`: each cluster, wherever it is, keeps the module loaded.

use std::net::IpAddr;

use serde::Serialize;
use ssi_cluster::del;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::Live;
use ssi_netlink::{Client, Elsewhere};

use crate::namespace::{self, Files};
use crate::output::{Columns, Head, Output, Text};

/// A cluster, and where it is.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Found {
    name: String,
    netns: u32,
    /// A file of the namespace; none where no process is in it and nobody gave it a name.
    file: Option<String>,
    ifindex: u32,
    vip: Vec<IpAddr>,
}

/// Those that were found.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Everywhere(pub Vec<Found>);

/// Shows them; only those of a name where there is one.
pub fn show(output: Output, name: Option<&str>) -> Result<(), Failure> {
    output.show(&find(&mut Client::open()?, name)?)
}

/// Takes them away and shows which these were. What cannot be is reported, and the others go all the same.
pub fn del(output: Output, name: Option<&str>) -> Result<(), Failure> {
    let mut client = Client::open()?;
    let Everywhere(found) = find(&mut client, name)?;
    let (mut gone, mut failed) = (Vec::new(), None);
    for cluster in found {
        let result = match &cluster.file {
            Some(file) => {
                let name = cluster.name.clone();
                namespace::within(file, move || del::run(&mut Live::default(), &name))
            }
            None => {
                eprintln!(
                    "ssictl: {}: nothing leads into network namespace {}, so its addresses stay there",
                    cluster.name, cluster.netns
                );
                client
                    .netns_cluster_del(cluster.netns, &cluster.name)
                    .map_err(|e| Failure::refused(&cluster.name, &e))
            }
        };
        match result {
            Ok(()) => gone.push(cluster),
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    output.show(&Everywhere(gone))?;
    failed.map_or(Ok(()), Err)
}

fn find(client: &mut Client, name: Option<&str>) -> Result<Everywhere, Failure> {
    let all = client
        .netns_clusters()
        .map_err(|e| Failure::refused("clusters of all network namespaces", &e))?;
    let files = Files::find();
    let wanted = all
        .into_iter()
        .filter(|cluster| name.is_none_or(|name| name == cluster.name));
    Ok(Everywhere(
        wanted.map(|cluster| Found::new(cluster, &files)).collect(),
    ))
}

impl Found {
    /// With the place where it is.
    pub fn new(cluster: Elsewhere, files: &Files) -> Self {
        Self {
            file: files.of(cluster.netns),
            name: cluster.name,
            netns: cluster.netns,
            ifindex: cluster.ifindex,
            vip: cluster.vips,
        }
    }
}

impl Text for Everywhere {
    fn text(&self) -> String {
        let left = |name: &str| Head::Left(name.to_owned());
        let mut columns = Columns::new(vec![
            left("NAME"),
            left("NETNS"),
            left("FILE"),
            left("ADDRESSES"),
        ]);
        for found in &self.0 {
            let addresses: Vec<String> = found.vip.iter().map(ToString::to_string).collect();
            columns.row(vec![
                found.name.clone(),
                found.netns.to_string(),
                found.file.clone().unwrap_or_else(|| "-".to_owned()),
                addresses.join(", "),
            ]);
        }
        columns.text()
    }
}
