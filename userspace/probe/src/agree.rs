// SPDX-License-Identifier: GPL-2.0-only

//! Changes a cluster at random, by its files in sysfs and by netlink in turns; after each change
//! both have to be as a model has it. What is refused, both refuse with the same error.

mod change;
mod model;

use crate::attribute::attribute;
use crate::attribute::find;
use crate::nl;
use crate::nl::Family;
use crate::outcome::Outcome;
use crate::random::Random;
use change::Change;
use model::Function;
use model::Model;
use std::fs;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// Where sysfs of the namespace is mounted.
    #[arg(long, default_value = "/sys")]
    sysfs: PathBuf,
    #[arg(long)]
    dev: String,
    #[arg(long)]
    cluster: String,
    /// Address of another cluster in the namespace.
    #[arg(long)]
    taken: Vec<IpAddr>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 1000)]
    times: u32,
    /// At this change, change something behind the model's back: then this has to fail.
    #[arg(long)]
    disturb: Option<u32>,
}

/// A cluster, by both its ways.
struct Subject {
    folder: PathBuf,
    family: Family,
    name: Vec<u8>,
}

impl Subject {
    fn set_by_file(&self, change: &Change) -> Result<(), i32> {
        let (file, text) = change.text();
        write(&self.folder.join(file), &(text + "\n"))
    }

    fn set_by_netlink(&mut self, change: &Change) -> Outcome<Result<(), i32>> {
        let body = [self.name.clone(), change.attributes()].concat();
        Ok(match self.ask("cluster-set", &body)?.errno {
            0 => Ok(()),
            errno => Err(errno),
        })
    }

    fn ask(&mut self, operation: &str, body: &[u8]) -> Outcome<nl::Reply> {
        self.family.request(nl::operation(operation)?, body, false)
    }

    /// All that netlink shows, attribute after attribute.
    fn attributes(&mut self) -> Outcome<Vec<u8>> {
        let mut attributes = Vec::new();
        for operation in ["cluster-get", "table-get"] {
            let name = self.name.clone();
            let reply = self.ask(operation, &name)?;
            let message = reply.messages.first();
            attributes.extend(message.ok_or_else(|| format!("{operation}: {}", reply.sentence))?);
        }
        Ok(attributes)
    }

    /// The error is a sentence about what differs from the model.
    fn compare(&mut self, model: &Model) -> Outcome {
        for (file, wanted) in model.files() {
            let path = self.folder.join(file);
            let got = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            if got != wanted {
                return Err(format!("file {file}: {got:?} and not {wanted:?}"));
            }
        }
        let attributes = self.attributes()?;
        for (kind, wanted) in numbers(model) {
            let got = find(&attributes, kind);
            if got != Some(wanted.as_slice()) {
                return Err(format!("attribute {kind}: {got:?} and not {wanted:?}"));
            }
        }
        let got = vips(&attributes);
        if got != model.vips {
            return Err(format!("addresses {got:?} and not {:?}", model.vips));
        }
        for (kind, at) in [(43, 0), (44, 1)] {
            let wanted = model.prefix.map(|prefix| prefix[at].to_ne_bytes());
            let got = find(&attributes, kind);
            if got != wanted.as_ref().map(<[u8; 4]>::as_slice) {
                return Err(format!("attribute {kind}: {got:?} and not {wanted:?}"));
            }
        }
        match (find(&attributes, 12), model.seed) {
            (None, None) => Ok(()),
            (Some(got), Some(wanted)) if got == wanted => Ok(()),
            (got, wanted) => Err(format!("seed {got:?} and not {wanted:?}")),
        }
    }
}

/// One system call: sysfs takes a value by one.
fn write(path: &Path, text: &str) -> Result<(), i32> {
    let errno = |e: std::io::Error| e.raw_os_error().unwrap_or(0);
    let mut file = OpenOptions::new().write(true).open(path).map_err(errno)?;
    match file.write(text.as_bytes()).map_err(errno)? {
        taken if taken == text.len() => Ok(()),
        _ => Err(0),
    }
}

/// Attributes of one value each, but for the seed.
fn numbers(model: &Model) -> Vec<(u16, Vec<u8>)> {
    let [first, rest @ ..] = model.mac;
    let number = |n: u32| n.to_ne_bytes().to_vec();
    vec![
        (3, number(0)),
        (4, model.mac.to_vec()),
        (5, [&[first | 1], &rest[..]].concat()),
        (6, number(model.reply_mac)),
        (7, number(u32::from(model.function != Function::of(0)))),
        (8, number(model.buckets)),
        (9, number(model.node)),
        (10, number(model.nodes)),
        (11, number(u32::from(model.seed.is_some()))),
        (13, vec![u8::from(model.master)]),
        (15, change::packed(&model.owned)),
        (16, model.generation.to_ne_bytes().to_vec()),
        (17, number(model.hook)),
        (27, number(0)),
        (28, number(model.lease_expiry)),
        (42, number(model.client_key)),
        (45, number(model.announce_every)),
    ]
}

fn vips(mut attributes: &[u8]) -> Vec<IpAddr> {
    let mut vips = Vec::new();
    while let Some(nest) = find(attributes, 14) {
        let address = find(nest, 1).unwrap_or(&[]);
        if let Ok(v4) = <[u8; 4]>::try_from(address) {
            vips.push(IpAddr::from(v4));
        } else if let Ok(v6) = <[u8; 16]>::try_from(address) {
            vips.push(IpAddr::from(v6));
        }
        // `nest` lies in `attributes`: go on behind it.
        let behind = nest.as_ptr_range().end as usize - attributes.as_ptr() as usize;
        attributes = attributes.get(behind..).unwrap_or(&[]);
    }
    vips
}

/// The model begins as netlink shows the cluster.
fn begin(attributes: &[u8], taken: &[IpAddr]) -> Option<Model> {
    let number = |kind| Some(u32::from_ne_bytes(find(attributes, kind)?.try_into().ok()?));
    let buckets = number(8)?;
    let bitmap = find(attributes, 15)?;
    Some(Model {
        mac: find(attributes, 4)?.try_into().ok()?,
        hook: number(17)?,
        reply_mac: number(6)?,
        function: Function::of(number(7)?),
        buckets,
        node: number(9)?,
        nodes: number(10)?,
        seed: find(attributes, 12).and_then(|seed| seed.try_into().ok()),
        client_key: number(42)?,
        prefix: number(43).zip(number(44)).map(|(v4, v6)| [v4, v6]),
        master: find(attributes, 13)? == [1],
        vips: vips(attributes),
        owned: (0..buckets as usize)
            .map(|m| {
                bitmap
                    .get(m / 8)
                    .is_some_and(|byte| (byte >> (m % 8)) & 1 == 1)
            })
            .collect(),
        lease_expiry: number(28)?,
        announce_every: number(45)?,
        generation: u64::from_ne_bytes(find(attributes, 16)?.try_into().ok()?),
        taken: taken.to_vec(),
    })
}

#[derive(Default)]
struct Counts {
    by_file: u32,
    by_netlink: u32,
    refused: u32,
}

fn step(
    subject: &mut Subject,
    model: &mut Model,
    random: &mut Random,
    counts: &mut Counts,
) -> Outcome {
    let change = loop {
        let change = Change::any(random, model.buckets);
        if change::fits(&change) {
            break change;
        }
    };
    let short = || format!("{change:?}").chars().take(120).collect::<String>();
    let expected = model.apply(&change);
    let by_file = random.below(2) == 0;
    // What is refused is asked for by both ways, and so changes nothing twice.
    if expected.is_err() || by_file {
        let got = subject.set_by_file(&change);
        if got != expected {
            return Err(format!("file, {}: {got:?} and not {expected:?}", short()));
        }
    }
    if expected.is_err() || !by_file {
        let got = subject.set_by_netlink(&change)?;
        if got != expected {
            return Err(format!(
                "netlink, {}: {got:?} and not {expected:?}",
                short()
            ));
        }
    }
    match (expected, by_file) {
        (Err(_), _) => counts.refused += 1,
        (Ok(()), true) => counts.by_file += 1,
        (Ok(()), false) => counts.by_netlink += 1,
    }
    subject
        .compare(model)
        .map_err(|why| format!("after {}: {why}", short()))
}

pub fn run(args: &Args) -> Outcome {
    let name = [args.cluster.as_bytes(), &[0]].concat();
    let device = args.sysfs.join("class/net").join(&args.dev);
    let mut subject = Subject {
        folder: device.join(format!("ssi-{}", args.cluster)),
        family: Family::open()?,
        name: attribute(1, &name),
    };
    let mut model = begin(&subject.attributes()?, &args.taken).ok_or("netlink shows too little")?;
    let mut random = Random(args.seed);
    let mut counts = Counts::default();
    subject.compare(&model)?;
    for at in 0..args.times {
        if args.disturb == Some(at) {
            // Two things, so that the change that comes next cannot put both right.
            for other in [
                Change::Master(u32::from(!model.master)),
                Change::ReplyMac((model.reply_mac + 1) % 3),
            ] {
                let _ = subject.set_by_netlink(&other)?;
            }
        }
        step(&mut subject, &mut model, &mut random, &mut counts)
            .map_err(|why| format!("change {at}: {why}"))?;
    }
    let Counts {
        by_file,
        by_netlink,
        refused,
    } = counts;
    if [by_file, by_netlink, refused]
        .iter()
        .any(|n| *n < args.times / 10)
    {
        return Err(format!(
            "{by_file} by files, {by_netlink} by netlink, {refused} refused: too few of a kind"
        ));
    }
    println!("{by_file} changes by files, {by_netlink} by netlink, {refused} refused by both");
    Ok(())
}
