// SPDX-License-Identifier: GPL-2.0-only

//! `stats-get`.

use kernel::error::Result;

use super::{
    message,
    request::RequestAttrs, //
};
use crate::{
    abstractions::genl::{
        Do,
        Dump,
        Failure,
        Full,
        Message,
        Page,
        Request, //
    },
    cluster::{
        registry::index,
        Cluster, //
    },
    logic::wire::{
        cluster as attribute,
        command,
        stats,
        Counter, //
    },
};

/// Shows the counters of one cluster, or of all.
pub(super) struct StatsGet;

impl Do for StatsGet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let entry = index::find(request.net(), &attrs.name)?;
        request.reply(command::STATS_GET, message::SIZE, |message| {
            write(message, &entry.cluster)
        })?;
        Ok(())
    }
}

impl Dump for StatsGet {
    fn fill(request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure> {
        loop {
            let at = page.cursor();
            page.set_version(index::version());
            let Some(entry) = index::nth(request.net(), at) else {
                return Ok(Ok(()));
            };
            let written =
                page.message(command::STATS_GET, |message| write(message, &entry.cluster));
            if let Err(full) = written {
                return Ok(Err(full));
            }
            page.set_cursor(at.saturating_add(1));
        }
    }
}

fn write(message: &mut Message<'_>, cluster: &Cluster) -> Result {
    message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
    message.nest(attribute::STATS, stats::PAD, |nest| {
        for (count, counter) in cluster.counters.counts().iter().zip(Counter::ALL) {
            nest.put_u64(counter.number(), *count)?;
        }
        Ok(())
    })
}
