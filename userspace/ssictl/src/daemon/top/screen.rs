// SPDX-License-Identifier: GPL-2.0-only

//! The whole screen, drawn from what is known and its size.

use crossterm::style::{ContentStyle as Style, Stylize as _};
use ssid_api::Status;

use crate::daemon::amount::time;
use crate::daemon::top::canvas::Canvas;
use crate::daemon::top::grid::Grid;
use crate::daemon::top::kernel::ENGINE;
use crate::daemon::top::sheet::Sheet;
use crate::daemon::top::view::View;
use crate::daemon::top::{heat, nodes};

/// Title, verdict, head of the nodes, an empty line, head of the map, the cursor's line, keys.
const FIXED: u16 = 7;
/// Rows that the map has at least.
const MAP: u16 = 5;
/// Less is no room to draw.
const LEAST: (u16, u16) = (60, 16);
const HELP: &[&str] = &[
    "q, Esc   end",
    "h        this help",
    "s        sort nodes: file, packets,",
    "         connections, cpu, pressure",
    "arrows   look at a cell of the map",
    "Home End the first, the last cell",
    "",
    "A cell is one or more buckets in a",
    "row, its colour the node that has",
    "most of them. It is brighter above",
    "0.5, 1.5 and 4 times the mean load.",
    "? is nobody's. Without colours nodes",
    "are letters; hot cells are capitals.",
];

/// How many nodes and rows of the map there is room for.
fn room(status: &Status, height: u16) -> (u16, u16) {
    let room = height.saturating_sub(FIXED);
    let nodes = u16::try_from(status.nodes.len()).unwrap_or(u16::MAX);
    let nodes = nodes.min(room.saturating_sub(MAP).max(1));
    (nodes, room.saturating_sub(nodes))
}

/// The map's layout on a screen of this size.
pub fn grid(status: &Status, width: u16, height: u16) -> Option<Grid> {
    let (_, rows) = room(status, height);
    Grid::new(status.buckets, width.saturating_sub(heat::MARGIN), rows)
}

/// Draws.
pub fn draw(canvas: &mut Canvas, view: &View<'_>) {
    let mut sheet = Sheet::new(canvas);
    let (width, height) = (sheet.width(), sheet.height());
    if width < LEAST.0 || height < LEAST.1 {
        let sentence = format!("top needs {} columns and {} lines", LEAST.0, LEAST.1);
        sheet.put(0, 0, &sentence, Style::new());
        return;
    }
    let (node_rows, map_rows) = room(view.status, height);
    title(&mut sheet, view.status);
    verdict(&mut sheet, view);
    nodes::draw(
        &mut sheet.part(0, 2, width, node_rows.saturating_add(1)),
        view,
    );
    let map = sheet.height().saturating_sub(map_rows.saturating_add(3));
    let grid = grid(view.status, width, height);
    heat::draw(
        &mut sheet.part(0, map, width, map_rows.saturating_add(2)),
        view,
        grid.as_ref(),
    );
    keys(&mut sheet, view);
    if view.state.is_help {
        help(&mut sheet);
    }
}

fn title(sheet: &mut Sheet<'_>, status: &Status) {
    let bold = Style::new().bold();
    let x = sheet.put(0, 0, &status.cluster, bold);
    let is_static = status.engine == ENGINE;
    let quorum = match &status.view {
        Some(view) if is_static => format!("{} of {} nodes seen", view.members, status.nodes.len()),
        Some(view) => format!(
            "{} of {} nodes, {}quorum",
            view.members,
            status.nodes.len(),
            if status.quorate { "" } else { "no " }
        ),
        None => "in no view".to_owned(),
    };
    let lease = match status.lease {
        Some(left) => format!("lease {}", time(left)),
        None if is_static => "static".to_owned(),
        None => "no lease".to_owned(),
    };
    let master = status.master.as_deref().unwrap_or("none");
    let text = format!(
        "  {quorum}   master {master}   generation {}   {}: {lease}",
        status.generation, status.node
    );
    sheet.put(x, 0, &text, Style::new());
}

/// What is wrong; of several, the first and how many others.
fn verdict(sheet: &mut Sheet<'_>, view: &View<'_>) {
    let (text, style) = match (view.notice, view.status.trouble.as_slice()) {
        (Some(notice), _) => (notice.to_owned(), view.colours.wrong()),
        (None, []) => ("all is well".to_owned(), view.colours.well()),
        (None, [one]) => (one.clone(), view.colours.wrong()),
        (None, [first, others @ ..]) => (
            format!(
                "{first} (and {} more: ssictl {})",
                others.len(),
                if view.status.engine == ENGINE {
                    "peers"
                } else {
                    "status"
                }
            ),
            view.colours.wrong(),
        ),
    };
    sheet.put(0, 1, &text, style);
}

fn keys(sheet: &mut Sheet<'_>, view: &View<'_>) {
    let y = sheet.height().saturating_sub(1);
    let mut x = 0;
    for (key, what) in [
        ("q", "end".to_owned()),
        ("h", "help".to_owned()),
        ("s", format!("sort: {}", view.state.sort.name())),
        ("arrows", "look at a cell".to_owned()),
    ] {
        x = sheet.put(x, y, key, Style::new().bold());
        x = sheet.put(x, y, &format!(" {what}   "), Style::new());
    }
}

fn help(sheet: &mut Sheet<'_>) {
    const WIDTH: u16 = 40;
    let rows = u16::try_from(HELP.len()).unwrap_or(0).saturating_add(2);
    let (x, y) = (
        sheet.width().saturating_sub(WIDTH) / 2,
        sheet.height().saturating_sub(rows) / 2,
    );
    let mut box_ = sheet.part(x, y, WIDTH, rows);
    let line = "─".repeat(usize::from(WIDTH) - 2);
    let last = box_.height().saturating_sub(1);
    for row in 1..last {
        box_.put(0, row, "│", Style::new());
        box_.put(WIDTH - 1, row, "│", Style::new());
    }
    box_.put(0, 0, &format!("┌{line}┐"), Style::new());
    box_.put(0, last, &format!("└{line}┘"), Style::new());
    for (row, text) in (1..last).zip(HELP) {
        box_.put(2, row, text, Style::new());
    }
}
