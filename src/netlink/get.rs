// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-get`.

use super::{
    message::{
        self,
        Reader, //
    },
    request::RequestAttrs, //
};
use crate::{
    abstractions::genl::{
        Do,
        Dump,
        Failure,
        Full,
        Page,
        Request, //
    },
    cluster::registry::index, //
    logic::wire::command,
};

/// Shows one cluster, or all.
pub(super) struct ClusterGet;

impl Do for ClusterGet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let entry = index::find(request.net(), &attrs.name)?;
        let reader = Reader::of(request);
        request.reply(command::CLUSTER_GET, message::SIZE, |message| {
            message::write(message, entry.interface, &entry.cluster, reader)
        })?;
        Ok(())
    }
}

impl Dump for ClusterGet {
    fn fill(request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure> {
        let reader = Reader::of(request);
        loop {
            let at = page.cursor();
            page.set_version(index::version());
            let Some(entry) = index::nth(request.net(), at) else {
                return Ok(Ok(()));
            };
            let written = page.message(command::CLUSTER_GET, |message| {
                message::write(message, entry.interface, &entry.cluster, reader)
            });
            if let Err(full) = written {
                return Ok(Err(full));
            }
            page.set_cursor(at.saturating_add(1));
        }
    }
}
