// SPDX-License-Identifier: GPL-2.0-only

//! An order to the clients, whose answer is printed.

use crate::outcome::Outcome;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixStream;

#[derive(clap::Args)]
pub struct Args {
    /// The clients' socket.
    control: String,
    /// report, round, close NODE, end.
    #[arg(required = true)]
    order: Vec<String>,
}

pub fn run(args: &Args) -> Outcome {
    let failed = |e: io::Error| format!("{}: {e}", args.control);
    let mut stream = UnixStream::connect(&args.control).map_err(failed)?;
    writeln!(stream, "{}", args.order.join(" ")).map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    if !answer.starts_with('{') {
        return Err(format!("the clients answer: {}", answer.trim()));
    }
    print!("{answer}");
    Ok(())
}
