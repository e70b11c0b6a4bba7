// SPDX-License-Identifier: GPL-2.0-only

//! Answers to all requests, by source.

use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Default, Serialize, Deserialize)]
pub struct Asked {
    pub asked: u32,
    /// Answering node → its answers.
    pub answers: BTreeMap<String, u32>,
    /// Requests without an answer, and with more than one.
    pub missing: u32,
    pub repeated: u32,
}

#[derive(Default, Serialize, Deserialize)]
pub struct Report {
    pub sources: BTreeMap<IpAddr, Asked>,
    pub errors: BTreeMap<IpAddr, String>,
    pub milliseconds: u64,
}
