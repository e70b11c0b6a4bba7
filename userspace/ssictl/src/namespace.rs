// SPDX-License-Identifier: GPL-2.0-only

//! Network namespaces: by which file one is entered, and something done in one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use ssi_cluster::failure::Failure;

/// What begins a network namespace's line in the list of mounts.
const MOUNTED: &str = "net:[";

/// Files of network namespaces, by the namespaces' numbers.
#[derive(Default)]
pub struct Files(BTreeMap<u32, String>);

impl Files {
    /// Those that this process can see: mounted ones first, as `ip netns` makes them, then those of processes.
    pub fn find() -> Self {
        let mut files = Self::default();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        files.add(mounted(&mounts));
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        files.add(processes.map(|process| format!("{}/ns/net", process.path().display())));
        files
    }

    fn add(&mut self, paths: impl Iterator<Item = String>) {
        for path in paths {
            // What is gone meanwhile is none.
            if let Ok(number) = fs::metadata(&path).map(|about| about.ino()) {
                if let Ok(number) = u32::try_from(number) {
                    self.0.entry(number).or_insert(path);
                }
            }
        }
    }

    /// A file of the namespace of this number.
    pub fn of(&self, number: u32) -> Option<String> {
        self.0.get(&number).cloned()
    }
}

/// The places of mounts of network namespaces.
fn mounted(mounts: &str) -> impl Iterator<Item = String> + '_ {
    mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(3);
        let root = fields.next()?;
        let place = fields.next()?;
        // Whoever is in the way of such a name with a space in it is found by the process.
        root.starts_with(MOUNTED).then(|| place.to_owned())
    })
}

/// Does something in the network namespace of a file, in a thread of its own, which is all that goes there.
pub fn within<T: Send>(
    file: &str,
    what: impl FnOnce() -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    let enter = || {
        let opened = File::open(Path::new(file))?;
        move_into_link_name_space(opened.as_fd(), Some(LinkNameSpaceType::Network))?;
        Ok(())
    };
    let inside = || {
        enter().map_err(|e: std::io::Error| Failure::Refused(format!("entering {file}: {e}")))?;
        what()
    };
    let ended = thread::scope(|scope| scope.spawn(inside).join());
    ended.unwrap_or_else(|_| Err(Failure::Refused(format!("{file}: a thread died"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_one_that_this_process_is_in() {
        let mine = fs::metadata("/proc/self/ns/net").unwrap().ino();
        let file = Files::find().of(u32::try_from(mine).unwrap()).unwrap();
        assert_eq!(fs::metadata(file).unwrap().ino(), mine);
    }

    #[test]
    fn reads_mounts() {
        let mounts = "22 1 0:21 / /proc rw,relatime - proc proc rw\n\
                      58 27 0:4 net:[4026532201] /run/netns/n0 rw shared:9 - nsfs nsfs rw\n\
                      59 27 0:4 mnt:[4026532202] /run/other rw - nsfs nsfs rw\n\nx\n";
        assert_eq!(mounted(mounts).collect::<Vec<_>>(), ["/run/netns/n0"]);
    }
}
