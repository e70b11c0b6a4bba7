// SPDX-License-Identifier: GPL-2.0-only

//! `bucket-stats-get`.

use kernel::error::Result;

use super::request::RequestAttrs;
use crate::{
    abstractions::{
        clock::boottime,
        genl::{
            Dump,
            Failure,
            Full,
            Message,
            Page,
            Request, //
        },
    },
    cluster::{
        change,
        registry::index,
        Cluster, //
    },
    datapath::counters::BucketSum,
    logic::wire::{
        bucket_stats,
        cluster as attribute,
        command, //
    },
};

/// Buckets a message: few enough for the smallest page there is (a memory page).
const AT_ONCE: usize = 32;
/// Buckets a page at most: each has a counter for each CPU.
const A_PAGE: usize = 4096;

/// Lists the counters of a cluster's buckets.
pub(super) struct BucketStatsGet;

impl Dump for BucketStatsGet {
    fn fill(request: &Request<'_>, page: &mut Page<'_>) -> Result<Result<(), Full>, Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let mut entry = index::find(request.net(), &attrs.name)?;
        if !entry.cluster.counters.has_buckets() {
            // Whoever asks wants to know from now on.
            change::count_buckets(request.net(), &attrs.name)?;
            entry = index::find(request.net(), &attrs.name)?;
        }
        page.set_version(index::version());
        let cluster = &*entry.cluster;
        let buckets = cluster.config.buckets as usize;
        let end = buckets.min(page.cursor().saturating_add(A_PAGE));
        loop {
            let begin = page.cursor();
            if begin >= buckets {
                return Ok(Ok(()));
            }
            if begin >= end {
                return Ok(Err(Full));
            }
            let mut next = begin;
            let written = page.message(command::BUCKET_STATS_GET, |message| {
                next = write(message, cluster, begin, end)?;
                Ok(())
            });
            if let Err(full) = written {
                return Ok(Err(full));
            }
            page.set_cursor(next);
        }
    }
}

/// Writes of the buckets from `begin` to `end` those that had a packet or have a connection, up to `AT_ONCE` of them. Returns
/// the bucket to go on with.
fn write(message: &mut Message<'_>, cluster: &Cluster, begin: usize, end: usize) -> Result<usize> {
    message.pad_with(attribute::PAD);
    message.put(attribute::NAME, cluster.name.as_bytes_with_nul())?;
    message.put_u64(attribute::GENERATION, cluster.generation)?;
    let mut written = 0;
    let sessions = &cluster.buckets.sessions;
    let are_fresh = sessions.are_fresh(boottime());
    for bucket in begin..end {
        let sum = cluster.counters.bucket_sum(bucket);
        let count = u32::try_from(bucket).ok();
        let count = count.filter(|_| are_fresh);
        let count = count.and_then(|bucket| sessions.last(bucket));
        let has_packets = sum.served.packets != 0 || sum.other.packets != 0;
        if !has_packets && count.unwrap_or(0) == 0 {
            continue;
        }
        if written == AT_ONCE {
            return Ok(bucket);
        }
        message.nest(attribute::BUCKET_STATS, bucket_stats::PAD, |nest| {
            write_one(nest, bucket, &sum, count)
        })?;
        written = usize::saturating_add(written, 1);
    }
    Ok(end)
}

fn write_one(
    nest: &mut Message<'_>,
    bucket: usize,
    sum: &BucketSum,
    sessions: Option<u32>,
) -> Result {
    let (served, other) = (sum.served, sum.other);
    nest.put_u32(bucket_stats::BUCKET, u32::try_from(bucket)?)?;
    let seen = served.packets.wrapping_add(other.packets);
    nest.put_u64(bucket_stats::SEEN_PACKETS, seen)?;
    nest.put_u64(
        bucket_stats::SEEN_BYTES,
        served.bytes.wrapping_add(other.bytes),
    )?;
    nest.put_u64(bucket_stats::SERVED_PACKETS, served.packets)?;
    nest.put_u64(bucket_stats::SERVED_BYTES, served.bytes)?;
    match sessions {
        Some(count) => nest.put_u32(bucket_stats::SESSIONS, count),
        None => Ok(()),
    }
}
