// SPDX-License-Identifier: GPL-2.0-only

//! Bars: the same job by the kernel alone, by the module, by its peers.

use crate::Result;
use crate::results::Cost;
use crate::results::Results;
use crate::results::Row;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use plotters::style::text_anchor::Pos;
use plotters::style::text_anchor::VPos;

pub const INK: RGBColor = RGBColor(60, 60, 60);
const KERNEL: RGBColor = RGBColor(150, 150, 150);
const OURS: RGBColor = RGBColor(0, 90, 181);
const PEER: RGBColor = RGBColor(220, 120, 20);

const WIDTH: u32 = 860;
const BAR: i32 = 20;
const STEP: i32 = 28;
const HEAD: i32 = 34;
/// Where the bars begin; before them are their names.
const LEFT: i32 = 290;
/// What is kept for the number behind a bar.
const RIGHT: i32 = 90;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A row's name and what it is called in the picture.
type Named<'a> = (&'a str, &'a str);
/// A title, its bars, and what of a row they show.
type Panel<'a> = (&'a str, &'a [Named<'a>], fn(&Row) -> Option<f64>);

fn total(row: &Row) -> Option<f64> {
    row.instructions.as_ref().map(|cost| cost.figure)
}

fn native(row: &Row) -> Option<f64> {
    row.nanoseconds.as_ref().map(|cost| cost.figure)
}

fn added(row: &Row) -> Option<f64> {
    let of = |cost: &Cost| cost.added.or(Some(0.0));
    row.instructions.as_ref().and_then(of)
}

const DROPS: [Named<'_>; 7] = [
    ("kernel-stray", "kernel alone, stray frame"),
    ("rx-handler-drop", "ssi, rx_handler"),
    ("ingress-drop", "ssi, ingress hook"),
    ("tc-bpf-drop", "tc, eBPF"),
    ("nft-bare-drop", "nft, drops everything"),
    ("nft-jhash-drop", "nft, jhash"),
    ("xt-cluster-drop", "xt_cluster"),
];

/// What a received packet costs.
pub fn received(results: &Results) -> Result<String> {
    let panels: [Panel<'_>; 4] = [
        (
            "Another node's frame: instructions, all in all",
            &DROPS,
            total,
        ),
        (
            "A frame that is not the cluster's: instructions added",
            &[
                ("rx-handler-bystander", "ssi, rx_handler"),
                ("ingress-bystander", "ssi, ingress hook"),
                ("tc-bpf-bystander", "tc, eBPF"),
                ("nft-jhash-bystander", "nft, jhash"),
                ("xt-cluster-bystander", "xt_cluster"),
            ],
            added,
        ),
        (
            "A frame that this node serves: instructions added",
            &[
                ("rx-handler-accept", "ssi, rx_handler"),
                ("ingress-accept", "ssi, ingress hook"),
                ("tc-bpf-accept", "tc, eBPF"),
                ("nft-jhash-accept", "nft, jhash"),
                ("xt-cluster-accept", "xt_cluster"),
            ],
            added,
        ),
        (
            "Another node's frame over veth: instructions, all in all",
            &[
                ("veth-kernel-stray", "kernel alone, stray frame"),
                ("veth-rx-handler-drop", "ssi, rx_handler"),
                ("veth-ingress-drop", "ssi, ingress hook"),
                ("veth-tc-bpf-drop", "tc, eBPF"),
                ("veth-nft-jhash-drop", "nft, jhash"),
                ("veth-xdp-drop", "XDP native"),
                ("veth-xt-cluster-drop", "xt_cluster"),
            ],
            total,
        ),
    ];
    picture(results, &panels)
}

/// What a packet costs that leaves.
pub fn sent(results: &Results) -> Result<String> {
    let panels: [Panel<'_>; 2] = [
        (
            "A frame from a cluster address, whose MAC is set: instructions added",
            &[
                ("egress-vip", "ssi"),
                ("nft-egress-vip", "nft egress"),
                ("tc-egress-vip", "tc flower, skbmod"),
            ],
            added,
        ),
        (
            "A frame from another address: instructions added",
            &[
                ("egress-other", "ssi"),
                ("nft-egress-other", "nft egress"),
                ("tc-egress-other", "tc flower"),
            ],
            added,
        ),
    ];
    picture(results, &panels)
}

/// The drop in User Mode Linux.
pub fn nanoseconds(results: &Results) -> Result<String> {
    let panels: [Panel<'_>; 1] = [(
        "Another node's frame in User Mode Linux: nanoseconds, all in all",
        &DROPS,
        native,
    )];
    picture(results, &panels)
}

/// A row that was not measured has no bar.
fn picture(results: &Results, panels: &[Panel<'_>]) -> Result<String> {
    let drawn: Vec<_> = panels
        .iter()
        .map(|(title, names, value)| {
            let bars = names.iter().filter_map(|(name, called)| {
                let row = results.row(name)?;
                Some((*called, color(&row.who), value(row)?))
            });
            (*title, bars.collect::<Vec<_>>())
        })
        .collect();
    let rows: usize = drawn.iter().map(|(_, bars)| bars.len()).sum();
    let height = HEAD * drawn.len() as i32 + STEP * rows as i32 + 10;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height as u32)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut at = 0;
        for (title, bars) in &drawn {
            root.draw(&Text::new(
                *title,
                (10, at + HEAD / 2),
                style(17, HPos::Left),
            ))?;
            at += HEAD;
            panel(&root, at, bars)?;
            at += STEP * bars.len() as i32;
        }
        root.present()?;
    }
    Ok(svg)
}

fn panel(root: &Area<'_>, top: i32, bars: &[(&str, RGBColor, f64)]) -> Result<()> {
    let most = bars.iter().map(|(_, _, value)| *value).fold(1.0, f64::max);
    let room = f64::from(WIDTH as i32 - LEFT - RIGHT);
    for (number, (name, color, value)) in bars.iter().enumerate() {
        let y = top + STEP * number as i32;
        let end = LEFT + (room * value.max(0.0) / most).round() as i32;
        root.draw(&Text::new(
            *name,
            (LEFT - 8, y + BAR / 2),
            style(15, HPos::Right),
        ))?;
        root.draw(&Rectangle::new(
            [(LEFT, y), (end.max(LEFT + 1), y + BAR)],
            color.filled(),
        ))?;
        // Zero has no sign.
        let value = value.round() + 0.0;
        let number = Text::new(
            format!("{value}"),
            (end + 6, y + BAR / 2),
            style(15, HPos::Left),
        );
        root.draw(&number)?;
    }
    Ok(())
}

fn color(who: &str) -> RGBColor {
    match who {
        "kernel" => KERNEL,
        "ssi" => OURS,
        _ => PEER,
    }
}

fn style(size: u32, across: HPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font())
        .color(&INK)
        .pos(Pos::new(across, VPos::Center))
}
