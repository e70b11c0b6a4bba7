// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-get`.

use super::{
    event,
    proposal::Given,
    REGISTRY, //
};
use crate::{
    facility::{
        genl::{
            Do,
            Dump,
            Failure,
            Full,
            Page,
            Request, //
        },
        rtnl::Rtnl, //
    },
    logic::wire::command, //
};

/// Tells of one cluster, or of all.
pub(super) struct ClusterGet;

impl Do for ClusterGet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        let mut rtnl = Rtnl::lock();
        let (registry, _held) = REGISTRY.get(&mut rtnl);
        let (port, cluster) = registry.at(registry.find(request.net(), &given.name)?)?;
        request.reply(command::CLUSTER_GET, event::SIZE, |message| {
            event::write(message, port, cluster, request.is_admins())
        })?;
        Ok(())
    }
}

impl Dump for ClusterGet {
    fn fill(request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure> {
        let mut rtnl = Rtnl::lock();
        let (registry, _held) = REGISTRY.get(&mut rtnl);
        page.set_version(registry.version());
        let begin = page.cursor();
        for ((port, cluster), at) in registry
            .in_net(request.net())
            .zip(0..usize::MAX)
            .skip(begin)
        {
            page.set_cursor(at);
            let written = page.message(command::CLUSTER_GET, |message| {
                event::write(message, port, cluster, request.is_admins())
            });
            if let Err(full) = written {
                return Ok(Err(full));
            }
        }
        Ok(Ok(()))
    }
}
