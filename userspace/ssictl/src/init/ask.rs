// SPDX-License-Identifier: GPL-2.0-only

//! Questions for what was not given. An answer is read as the option would be, and asked for again until it is one.

use std::io::{BufRead, Write};
use std::str::FromStr;

use ssi_cluster::failure::Failure;

use crate::init::args::{Init, Member};
use crate::value::{self, Vip};

/// The same with answers for what is missing.
pub fn complete(
    init: &Init,
    from: &mut impl BufRead,
    to: &mut impl Write,
) -> Result<Init, Failure> {
    let mut all = init.clone();
    let mut ask = Asker { from, to };
    if all.name.is_none() {
        all.name = Some(ask.one("The cluster's name", Some("store"), value::name)?);
    }
    if all.vips.is_empty() {
        let question = "Its address, which clients know, with the prefix length";
        all.vips.push(ask.one(question, None, Vip::from_str)?);
    }
    if all.interface.is_none() {
        let question = "The nodes' interface to the clients";
        all.interface = Some(ask.one(question, Some("eth0"), value::device)?);
    }
    if all.nodes.is_empty() {
        let example = match all.is_static {
            true => "n1",
            false => "n1=10.0.0.1",
        };
        let first = format!("The first node, as {example}");
        all.nodes.push(ask.one(&first, None, Member::from_str)?);
        let next = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        while let Some(node) = ask.one("The next node, or nothing", Some(""), next)? {
            all.nodes.push(node);
        }
    }
    Ok(all)
}

struct Asker<'a, R, W> {
    from: &'a mut R,
    to: &'a mut W,
}

impl<R: BufRead, W: Write> Asker<'_, R, W> {
    fn one<T>(
        &mut self,
        question: &str,
        default: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        loop {
            match default.filter(|default| !default.is_empty()) {
                Some(default) => write!(self.to, "{question} [{default}]: ")?,
                None => write!(self.to, "{question}: ")?,
            }
            self.to.flush()?;
            let mut line = String::new();
            if self.from.read_line(&mut line)? == 0 {
                return Err(Failure::Usage(format!(
                    "init: no answer for: {}; nothing was written",
                    question.to_lowercase()
                )));
            }
            let answer = match (line.trim(), default) {
                ("", Some(default)) => default,
                (answer, _) => answer,
            };
            match read(answer) {
                Ok(value) => return Ok(value),
                Err(right) => writeln!(self.to, "  {right}")?,
            }
        }
    }
}
