// SPDX-License-Identifier: GPL-2.0-only

//! What others say of the files: Corosync of its own, ssid of what the cluster survives, where they are installed.

use std::fs;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use ssi_cluster::failure::Failure;
use ssi_cluster::file::place::failed;
use ssi_cluster::system;

use crate::init::plan::Plan;

/// What was checked, and by whom, a sentence each.
pub type Checked = Vec<String>;

/// Lets them look. What is wrong is a failure; the files stay, to be looked at.
pub fn run(plan: &Plan) -> Result<Checked, Failure> {
    let mut said = vec![format!("{}: the file is right", plan.file.source.path)];
    said.extend(corosync(plan)?);
    said.extend(ssid(plan)?);
    Ok(said)
}

/// `corosync -t`, with the key of the folder. On a machine that is no node it finds no address of its own.
fn corosync(plan: &Plan) -> Result<Option<String>, Failure> {
    let conf = plan.folder.join("etc/corosync/corosync.conf");
    let (true, Ok(text)) = (
        plan.files.iter().any(|file| conf.ends_with(&file.place)),
        fs::read_to_string(&conf),
    ) else {
        return Ok(None);
    };
    if plan.file.node(&system::host()).is_none() {
        let said =
            "corosync -t: not tried, as this machine is none of the nodes; ssictl push does there";
        return Ok(Some(said.to_owned()));
    }
    let what = format!("checking {}", conf.display());
    let key = fs::canonicalize(conf.with_file_name("authkey")).map_err(|e| failed(&what, &e))?;
    let here = format!("totem {{\n  keyfile: {}", key.display());
    let copy = conf.with_extension("check");
    fs::write(&copy, text.replacen("totem {", &here, 1)).map_err(|e| failed(&what, &e))?;
    let ended = Command::new("corosync")
        .args(["-t", "-c"])
        .arg(fs::canonicalize(&copy).unwrap_or_else(|_| copy.clone()))
        .stdin(Stdio::null())
        .output();
    let _ = fs::remove_file(&copy);
    match ended {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Some(
            "corosync -t: not tried, as Corosync is not installed here".to_owned(),
        )),
        Err(e) => Err(failed("running corosync -t", &e)),
        Ok(ended) if ended.status.success() => {
            Ok(Some("corosync -t: the configuration is right".to_owned()))
        }
        Ok(ended) => Err(Failure::Refused(format!(
            "{}: corosync -t refuses it: {}",
            conf.display(),
            last(&[ended.stdout, ended.stderr].concat())
        ))),
    }
}

/// `ssid --check`, of a cluster that ssid runs.
fn ssid(plan: &Plan) -> Result<Option<String>, Failure> {
    let (Some(_), Some(first)) = (&plan.file.daemon, plan.file.nodes.first()) else {
        return Ok(None);
    };
    let path = plan.folder.join(&plan.file.source.path);
    let ended = Command::new("ssid")
        .args(["--check", "--node", &first.name])
        .arg(&path)
        .stdin(Stdio::null())
        .output();
    match ended {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Some(
            "ssid --check: not tried, as ssid is not installed here".to_owned(),
        )),
        Err(e) => Err(failed("running ssid --check", &e)),
        Ok(ended) if ended.status.success() => {
            Ok(Some("ssid --check: the cluster can run".to_owned()))
        }
        Ok(ended) => Err(Failure::Refused(format!(
            "{}: ssid --check refuses it: {}",
            path.display(),
            last(&ended.stderr)
        ))),
    }
}

/// The last line that says something.
fn last(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let lines = text.lines().rev();
    let line = lines.map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or("it does not say why").to_owned()
}
