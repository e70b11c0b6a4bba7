// SPDX-License-Identifier: GPL-2.0-only

//! The cluster that is meant where none is named: the only one of this network namespace.

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

/// The one that is named, or the only one that the kernel has.
pub fn cluster(system: &mut impl System, given: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = given {
        return Ok(name.to_owned());
    }
    let clusters = system.clusters()?;
    let names: Vec<&str> = clusters.iter().map(|one| one.name.as_str()).collect();
    match names.as_slice() {
        [name] => Ok((*name).to_owned()),
        [] => Err(Failure::Refused("there is no cluster here".to_owned())),
        several => Err(Failure::Usage(format!(
            "give a cluster's name: one of {}",
            several.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_cluster::fake::{Fake, sample};
    use ssi_netlink::spec::Function;

    #[test]
    fn the_only_one_need_not_be_named() {
        let mut fake = Fake::default();
        let none = Err(Failure::Refused("there is no cluster here".into()));
        assert_eq!(cluster(&mut fake, None), none);
        // Who names one is believed: the kernel says whether there is such a one.
        assert_eq!(cluster(&mut fake, Some("web")), Ok("web".into()));
        let add = |fake: &mut Fake, name: &str| {
            let mut sample = sample(Function::Modulo);
            sample.name = name.into();
            fake.state.clusters.insert(name.into(), (sample, vec![0]));
        };
        add(&mut fake, "store");
        assert_eq!(cluster(&mut fake, None), Ok("store".into()));
        add(&mut fake, "web");
        let several = "give a cluster's name: one of store, web";
        assert_eq!(
            cluster(&mut fake, None),
            Err(Failure::Usage(several.into()))
        );
    }
}
