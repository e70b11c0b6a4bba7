// SPDX-License-Identifier: GPL-2.0-only

//! View of buckets' counters: a line a bucket.

use serde::Serialize;
use ssi_netlink::{Bucket, BucketStats};

use crate::output::{Columns, Head, Text};

/// One bucket's counters.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct OfBucket {
    bucket: u32,
    seen_packets: u64,
    seen_bytes: u64,
    served_packets: u64,
    served_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<u32>,
}

impl From<&Bucket> for OfBucket {
    fn from(bucket: &Bucket) -> Self {
        Self {
            bucket: bucket.bucket,
            seen_packets: bucket.seen_packets,
            seen_bytes: bucket.seen_bytes,
            served_packets: bucket.served_packets,
            served_bytes: bucket.served_bytes,
            sessions: bucket.sessions,
        }
    }
}

/// One cluster's buckets.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct OfCluster {
    name: String,
    generation: u64,
    bucket_stats: Vec<OfBucket>,
}

/// Clusters' buckets.
#[derive(Serialize)]
#[serde(transparent)]
pub struct BucketTables(Vec<OfCluster>);

impl From<&[BucketStats]> for BucketTables {
    fn from(stats: &[BucketStats]) -> Self {
        let of = |stats: &BucketStats| OfCluster {
            name: stats.name.clone(),
            generation: stats.generation,
            bucket_stats: stats.buckets.iter().map(OfBucket::from).collect(),
        };
        Self(stats.iter().map(of).collect())
    }
}

impl Text for BucketTables {
    fn text(&self) -> String {
        let right = |name: &str| Head::Right(name.to_owned());
        let mut columns = Columns::new(vec![
            Head::Left("NAME".to_owned()),
            right("BUCKET"),
            right("SEEN-PACKETS"),
            right("SEEN-BYTES"),
            right("SERVED-PACKETS"),
            right("SERVED-BYTES"),
            right("SESSIONS"),
        ]);
        for of in &self.0 {
            for bucket in &of.bucket_stats {
                columns.row(vec![
                    of.name.clone(),
                    bucket.bucket.to_string(),
                    bucket.seen_packets.to_string(),
                    bucket.seen_bytes.to_string(),
                    bucket.served_packets.to_string(),
                    bucket.served_bytes.to_string(),
                    bucket
                        .sessions
                        .map_or_else(|| "-".to_owned(), |count| count.to_string()),
                ]);
            }
        }
        columns.text()
    }
}
