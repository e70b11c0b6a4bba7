// SPDX-License-Identifier: GPL-2.0-only

//! Choice of the cluster whose daemon is asked, and the failure where there is none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ssid_api::{Answer, Ask, Client, Status, clusters, folder, socket_in};

use ssi_cluster::failure::{Failure, reason};
use ssi_cluster::file::{ClusterFile, place};

/// Where a cluster's daemon listens.
#[derive(Clone, Debug)]
pub struct Place {
    /// The cluster's name.
    pub cluster: String,
    path: PathBuf,
}

impl Place {
    /// Of the cluster that is named, or of the only one on this machine.
    pub fn find(given: Option<&str>) -> Result<Self, Failure> {
        let folder = folder();
        let cluster = match given {
            Some(name) => name.to_owned(),
            None => only(&folder, Path::new(place::FOLDER))?,
        };
        Ok(Self::new(&folder, cluster))
    }

    /// In a folder of sockets.
    pub fn new(folder: &Path, cluster: String) -> Self {
        let path = socket_in(folder, &cluster);
        Self { cluster, path }
    }

    /// Puts a question.
    pub fn ask(&self, ask: &Ask) -> Result<Client, Failure> {
        Client::ask_at(&self.path, ask).map_err(|e| self.failed(&e))
    }

    /// How things are.
    pub fn status(&self) -> Result<Status, Failure> {
        match self.answer(&mut self.ask(&Ask::Status)?)? {
            Answer::Status(status) => Ok(*status),
            other => Err(self.unfit(&other)),
        }
    }

    /// The next answer.
    pub fn answer(&self, client: &mut Client) -> Result<Answer, Failure> {
        match client.next() {
            Some(Ok(Answer::Refused(why))) => Err(Failure::Refused(why)),
            Some(Ok(answer)) => Ok(answer),
            Some(Err(e)) => Err(self.failed(&e)),
            None => Err(Failure::Refused(format!(
                "{}: ssid has ended; see journalctl -u ssid",
                self.cluster
            ))),
        }
    }

    /// An answer to another question.
    pub fn unfit(&self, answer: &Answer) -> Failure {
        let kind = match answer {
            Answer::Status(_) => "a status",
            Answer::Heat(_) => "loads",
            Answer::Event(_) => "an event",
            Answer::Done => "that it is done",
            Answer::Refused(why) => why,
        };
        Failure::Refused(format!(
            "{}: ssid answered something else, {kind}; ssictl and ssid have to be of one version",
            self.cluster
        ))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        let cluster = &self.cluster;
        let sentence = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                let file = Path::new(place::FOLDER).join(format!("{cluster}.toml"));
                nobody_listens(cluster, &file)
            }
            io::ErrorKind::PermissionDenied => format!(
                "{cluster}: only root and the group of {} may ask ssid",
                self.path.display()
            ),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                format!("{cluster}: ssid does not answer; see journalctl -u ssid")
            }
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => format!(
                "{cluster}: ssid's answer is not understood ({error}); ssictl and ssid have to be of one version"
            ),
            _ => format!("{cluster}: asking ssid: {}", reason(error)),
        };
        Failure::Refused(sentence)
    }
}

/// Why nobody answers for a cluster that has this file, or none.
fn nobody_listens(cluster: &str, file: &Path) -> String {
    let is_static = ClusterFile::read(file).is_ok_and(|file| file.daemon.is_none());
    match is_static {
        true => format!(
            "{cluster}: a static cluster, which no ssid runs; see ssictl cluster show {cluster}, \
             ssictl peers {cluster} and ssictl top"
        ),
        false => format!(
            "{cluster}: no ssid runs here for this cluster; start it: systemctl start ssid, and see \
             journalctl -u ssid"
        ),
    }
}

/// The only cluster: that of the only socket, or where there is none, of the only cluster file.
pub fn only(sockets: &Path, files: &Path) -> Result<String, Failure> {
    let listening = clusters(sockets)
        .map_err(|e| place::failed(&format!("looking into {}", sockets.display()), &e))?;
    let names = match listening.is_empty() {
        true => in_files(files),
        false => listening,
    };
    match names.as_slice() {
        [name] => Ok(name.clone()),
        [] => Err(Failure::Refused(format!(
            "no ssid runs here: there is no socket in {} and no cluster file in {}",
            sockets.display(),
            files.display()
        ))),
        several => Err(Failure::Usage(format!(
            "give a cluster's name: one of {}",
            several.join(", ")
        ))),
    }
}

/// The names of cluster files; none where the folder cannot be read.
fn in_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut names: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::fake::{Daemon, folder};
    use crate::daemon::sample;

    #[test]
    fn the_only_cluster() {
        let (sockets, files) = (folder("only-sockets"), folder("only-files"));
        let wrong = |part: &str| match only(&sockets, &files) {
            Err(Failure::Usage(sentence)) => assert!(sentence.contains(part), "{sentence}"),
            other => panic!("{other:?}"),
        };
        assert!(
            matches!(only(&sockets, &files), Err(Failure::Refused(why)) if why.starts_with("no ssid runs here"))
        );
        fs::write(files.join("web.toml"), "").unwrap();
        assert_eq!(only(&sockets, &files), Ok("web".into()));
        fs::write(files.join("db.toml"), "").unwrap();
        wrong("one of db, web");
        fs::write(sockets.join("store.sock"), "").unwrap();
        assert_eq!(only(&sockets, &files), Ok("store".into()));
        fs::write(sockets.join("web.sock"), "").unwrap();
        wrong("one of store, web");
        for folder in [sockets, files] {
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn a_status_and_what_else_may_come() {
        let asked = |lines: Vec<String>| {
            let daemon = Daemon::sending(lines);
            daemon.place.status()
        };
        let well = sample::well();
        let line = |answer: &Answer| serde_json::to_string(answer).unwrap();
        let status = Answer::Status(Box::new(well.clone()));
        assert_eq!(asked(vec![line(&status)]), Ok(well));
        for (lines, part) in [
            (vec![], "ssid has ended"),
            (vec!["{}".into()], "of one version"),
            (vec![line(&Answer::Done)], "something else, that it is done"),
            (vec![line(&Answer::Refused("no".into()))], "no"),
        ] {
            match asked(lines) {
                Err(Failure::Refused(sentence)) => assert!(sentence.contains(part), "{sentence}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn no_daemon_is_a_sentence_with_what_to_do() {
        let folder = folder("none");
        let place = Place::new(&folder, "web".into());
        let Err(Failure::Refused(sentence)) = place.status() else {
            panic!("somebody is there");
        };
        assert!(sentence.contains("systemctl start ssid"), "{sentence}");
        // Its socket stays when it is killed.
        drop(std::os::unix::net::UnixListener::bind(folder.join("web.sock")).unwrap());
        assert_eq!(place.status(), Err(Failure::Refused(sentence)));
        fs::remove_dir_all(&folder).unwrap();
    }
}
