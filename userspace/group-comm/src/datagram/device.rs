// SPDX-License-Identifier: GPL-2.0-only

//! Device: the clients' interface as this machine has it. It goes by its number while there is one of that number: an interface
//! that is renamed is the same one, whoever has its name by now.

use std::io;

use rustix::net::netdevice::{index_to_name, name_to_index};
use socket2::{Domain, Socket, Type};

/// An interface, in the network namespace of this thread.
#[derive(Debug)]
pub struct Device {
    /// Its name in the cluster file.
    given: String,
    /// Its name now, or the one that it is looked for by.
    name: String,
    /// Its number when it was there last.
    index: Option<u32>,
}

impl Device {
    /// The one of this name in the cluster file.
    pub fn new(given: &str) -> Device {
        Device {
            given: given.to_owned(),
            name: given.to_owned(),
            index: None,
        }
    }

    /// The same one, if this is its name in a cluster file of now: the one of before, or that which it got since.
    pub fn named(self, given: &str) -> Option<Device> {
        let is_it = [&self.given, &self.name].iter().any(|name| *name == given);
        is_it.then(|| Device {
            given: given.to_owned(),
            ..self
        })
    }

    /// Its number now, and from here on its name.
    ///
    /// # Errors
    ///
    /// Neither the number nor the cluster file's name is there.
    pub fn look(&mut self) -> io::Result<u32> {
        let any = Socket::new(Domain::UNIX, Type::DGRAM, None)?;
        if let Some(index) = self.index {
            if let Ok(name) = index_to_name(&any, index) {
                self.name = name;
                return Ok(index);
            }
        }
        self.index = None;
        self.name.clone_from(&self.given);
        let index = name_to_index(&any, &self.given)?;
        self.index = Some(index);
        Ok(index)
    }

    /// Its name, when it was looked for last.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_either_name_means_the_same_one() {
        let renamed = || Device {
            name: "lo".to_owned(),
            index: Some(1),
            ..Device::new("before")
        };
        for given in ["before", "lo"] {
            assert_eq!(renamed().named(given).unwrap().look().unwrap(), 1);
        }
        assert!(renamed().named("another").is_none());
    }

    #[test]
    fn it_goes_by_its_number_and_by_its_name_when_that_is_gone() {
        let mut device = Device::new("lo");
        assert_eq!((device.look().unwrap(), device.name()), (1, "lo"));
        // Renamed since: its name is nobody's, and then another one's.
        for given in ["no such one", "lo"] {
            let mut renamed = Device {
                index: Some(1),
                ..Device::new(given)
            };
            assert_eq!((renamed.look().unwrap(), renamed.name()), (1, "lo"));
        }
        let mut anew = Device {
            index: Some(u32::MAX),
            name: "of before".to_owned(),
            ..Device::new("lo")
        };
        assert_eq!((anew.look().unwrap(), anew.name()), (1, "lo"));
        let mut gone = Device {
            index: Some(u32::MAX),
            name: "of before".to_owned(),
            ..Device::new("no such one")
        };
        let error = gone.look().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENODEV));
        assert_eq!(gone.name(), "no such one");
    }
}
