// SPDX-License-Identifier: GPL-2.0-only

//! A cluster as text files, one value a file: what sysfs shows and takes.

#[path = "text/attribute.rs"]
pub mod attribute;
#[path = "text/list.rs"]
pub mod list;
#[path = "text/value.rs"]
pub mod value;
#[path = "text/window.rs"]
pub mod window;

#[cfg(test)]
#[path = "tests/text.rs"]
mod tests;
