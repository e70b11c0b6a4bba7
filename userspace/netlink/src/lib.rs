// SPDX-License-Identifier: GPL-2.0-only

//! Client of the `ssi` generic netlink family, the kernel module's only interface.
//!
//! The contract is `Documentation/netlink/specs/ssi.yaml`; [`spec`] holds its numbers, which
//! are generated from it. [`Client`] speaks to the family, [`route::Route`] to rtnetlink for the addresses and
//! the VLAN interface that a cluster needs. Both block: a request is answered by the kernel at once.
//! [`packet::Listener`] gets frames from a packet socket, [`sock_diag`] lists and ends TCP connections.
//!
//! ```no_run
//! let mut client = ssi_netlink::Client::open()?;
//! for cluster in client.clusters()? {
//!     println!("{} has {} buckets", cluster.name, cluster.buckets);
//! }
//! # Ok::<(), ssi_netlink::Error>(())
//! ```
//!
//! Decoding never panics, whatever the bytes: unknown attributes are skipped, so that an older client
//! understands a newer module; what is missing or has another length is an [`Error::Decode`].

pub mod arp;
mod attribute;
mod bucket_stats;
mod client;
mod config;
mod connection;
mod distribution;
pub mod echo;
mod elsewhere;
mod error;
mod event;
mod extack;
pub mod link;
mod lookup;
mod message;
pub mod neighbour;
pub mod packet;
mod peer;
mod request;
pub mod route;
pub mod route_events;
pub mod routing;
mod secret;
mod shown;
pub mod sock_diag;
pub mod spec;
mod stats;
mod sys;
mod table;
pub mod tc;
mod vips;

pub use attribute::{Attribute, Attributes};
pub use bucket_stats::{Bucket, BucketStats};
pub use client::Client;
pub use config::{Cluster, Request};
pub use elsewhere::Elsewhere;
pub use error::{Error, Refusal};
pub use event::{Event, Events};
pub use extack::Extack;
pub use logic::numbered::Unknown;
pub use message::Message;
pub use peer::{Peer, Peers};
pub use secret::Secret;
pub use stats::Stats;
pub use table::{Drained, NewTable, Table};
