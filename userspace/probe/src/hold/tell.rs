// SPDX-License-Identifier: GPL-2.0-only

//! Tells the clients a word and prints their answer.

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
    word: Vec<String>,
}

pub fn run(args: &Args) -> Outcome {
    let failed = |e: io::Error| format!("{}: {e}", args.control);
    let mut stream = UnixStream::connect(&args.control).map_err(failed)?;
    writeln!(stream, "{}", args.word.join(" ")).map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    if !answer.starts_with('{') {
        return Err(format!("the clients say: {}", answer.trim()));
    }
    print!("{answer}");
    Ok(())
}
