// SPDX-License-Identifier: GPL-2.0-only

//! `stats-get`.

use kernel::error::Result;

use super::{
    event,
    proposal::Given,
    REGISTRY, //
};
use crate::{
    cluster::Cluster,
    facility::{
        genl::{
            Do,
            Dump,
            Failure,
            Full,
            Message,
            Page,
            Request, //
        },
        rtnl::Rtnl, //
    },
    logic::wire::{
        cluster as attribute,
        command,
        stats, //
    }, //
};

/// Tells the counters of one cluster, or of all.
pub(super) struct StatsGet;

impl Do for StatsGet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        let mut rtnl = Rtnl::lock();
        let (registry, _held) = REGISTRY.get(&mut rtnl);
        let (_, cluster) = registry.at(registry.find(request.net(), &given.name)?)?;
        request.reply(command::STATS_GET, event::SIZE, |message| {
            write(message, cluster)
        })?;
        Ok(())
    }
}

impl Dump for StatsGet {
    fn fill(request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure> {
        let mut rtnl = Rtnl::lock();
        let (registry, _held) = REGISTRY.get(&mut rtnl);
        page.set_version(registry.version());
        let begin = page.cursor();
        for ((_, cluster), at) in registry
            .in_net(request.net())
            .zip(0..usize::MAX)
            .skip(begin)
        {
            page.set_cursor(at);
            let written = page.message(command::STATS_GET, |message| write(message, cluster));
            if let Err(full) = written {
                return Ok(Err(full));
            }
        }
        Ok(Ok(()))
    }
}

fn write(message: &mut Message<'_>, cluster: &Cluster) -> Result {
    message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
    message.nest(attribute::STATS, stats::PAD, |nest| {
        for (count, number) in cluster.counters.exits().iter().zip(stats::FIRST..u16::MAX) {
            nest.put_u64(number, *count)?;
        }
        Ok(())
    })
}
