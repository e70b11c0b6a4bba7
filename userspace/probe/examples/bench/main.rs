// SPDX-License-Identifier: GPL-2.0-only

//! The results of `make bench` as pictures: `cargo run --example bench -- results.json FOLDER`.

mod bars;
mod lines;
mod results;

use results::Results;
use std::error::Error;
use std::fs;
use std::path::Path;

/// A picture's failures are a file's, or a drawing's.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

const LICENCE: &str = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("give the results and a folder: results.json FOLDER".into());
    };
    let results: Results = serde_json::from_str(&fs::read_to_string(file)?)?;
    for (name, picture) in [
        ("received.svg", bars::received(&results)?),
        ("sent.svg", bars::sent(&results)?),
        ("nanoseconds.svg", bars::nanoseconds(&results)?),
        ("curves.svg", lines::all(&results, "instructions")?),
        ("curves-native.svg", lines::all(&results, "nanoseconds")?),
    ] {
        fs::write(Path::new(&folder).join(name), format!("{LICENCE}{picture}"))?;
    }
    Ok(())
}
