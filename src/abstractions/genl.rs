// SPDX-License-Identifier: GPL-2.0-only

//! A generic netlink family, its requests, replies and events.
//!
//! `kernel::net::netlink` has multicast groups only, no operations.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

mod failure;
mod family;
mod message;
mod page;
mod policy;
mod request;

pub(crate) use self::{
    failure::Failure,
    family::{
        Do,
        Dump,
        Family,
        Group,
        Operation,
        Registration, //
    },
    message::Message,
    page::{
        Full,
        Page, //
    },
    policy::{
        Kind,
        Policy, //
    },
    request::Request, //
};
