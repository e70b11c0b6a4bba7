// SPDX-License-Identifier: GPL-2.0-only

//! Reads and writes the clusters' files in sysfs, whichever there are, without a pause and without
//! minding what comes of it: files that are open go on being used when they are long gone.

use crate::outcome::Outcome;
use crate::random::Random;
use crate::sys;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Args {
    /// A folder of places where sysfs is mounted.
    #[arg(long)]
    mounts: PathBuf,
    /// Write, too.
    #[arg(long)]
    write: bool,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Where the numbers of what was read and written go.
    #[arg(long)]
    out: PathBuf,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

/// What many a file takes, and what none does.
const TEXTS: [&str; 20] = [
    "0",
    "1",
    "2",
    "3",
    "8",
    "64",
    "65536",
    "65537",
    "modulo",
    "bitmap",
    "none",
    "siphash",
    "source-port",
    "prefix",
    "all",
    "0-3,5",
    "cluster",
    "node",
    "10.9.0.100",
    "00112233445566778899aabbccddeeff",
];

/// Files at most that are kept open.
const OPEN: usize = 12;

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).collect()
}

/// All files of all clusters in all mounts.
fn files(mounts: &Path) -> Vec<PathBuf> {
    let is_cluster = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with("ssi-")
    };
    let devices = entries(mounts)
        .into_iter()
        .flat_map(|mount| entries(&mount.join("class/net")));
    let clusters = devices
        .flat_map(|device| entries(&device))
        .filter(is_cluster);
    clusters
        .flat_map(|cluster| [entries(&cluster), entries(&cluster.join("statistics"))].concat())
        .collect()
}

#[derive(Default)]
struct Counts {
    read: u64,
    written: u64,
    refused: u64,
    gone: u64,
}

impl Counts {
    fn text(&self) -> String {
        format!(
            "{{\"read\": {}, \"written\": {}, \"refused\": {}, \"gone\": {}}}\n",
            self.read, self.written, self.refused, self.gone
        )
    }
}

fn use_file(file: &mut File, random: &mut Random, write: bool, counts: &mut Counts) {
    if file.rewind().is_err() {
        counts.gone += 1;
        return;
    }
    let done = if write && random.below(2) == 0 {
        let text = TEXTS[random.below(TEXTS.len() as u64) as usize];
        file.write(text.as_bytes()).map(|_| &mut counts.written)
    } else {
        let mut page = [0; 4096];
        file.read(&mut page).map(|_| &mut counts.read)
    };
    match done {
        Ok(count) => *count += 1,
        Err(e) if e.raw_os_error() == Some(libc::ENODEV) => counts.gone += 1,
        Err(_) => counts.refused += 1,
    }
}

pub fn run(args: &Args) -> Outcome {
    let mut random = Random(args.seed);
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    let deadline = Instant::now() + Duration::from_secs(args.seconds);
    let mut open: Vec<File> = Vec::new();
    let mut counts = Counts::default();
    while Instant::now() < deadline && !sys::poll(&[end.as_raw_fd()], 0)?[0] {
        let known = files(&args.mounts);
        for _ in 0..64 {
            if let (true, Some(path)) = (
                random.below(4) == 0,
                known.get(random.below(known.len().max(1) as u64) as usize),
            ) {
                let opened = OpenOptions::new().read(true).write(args.write).open(path);
                // Counters cannot be written, whoever one is.
                let opened = opened.or_else(|_| File::open(path));
                open.extend(opened);
            }
            if open.len() > OPEN {
                open.swap_remove(random.below(OPEN as u64) as usize);
            }
            if !open.is_empty() {
                let at = random.below(open.len() as u64) as usize;
                use_file(&mut open[at], &mut random, args.write, &mut counts);
            }
        }
        if open.is_empty() {
            // Nothing there just now.
            sys::poll(&[end.as_raw_fd()], 2)?;
        }
    }
    fs::write(&args.out, counts.text()).map_err(|e| format!("{}: {e}", args.out.display()))
}
