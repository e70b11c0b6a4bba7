// SPDX-License-Identifier: GPL-2.0-only

//! One of a few names, those of the specification.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use ssi_netlink::Unknown;

/// A parser for an enumeration of the specification, given its names.
pub fn choice<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = Unknown> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}
