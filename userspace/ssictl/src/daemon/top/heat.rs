// SPDX-License-Identifier: GPL-2.0-only

//! The map of the buckets.

use crossterm::style::{ContentStyle as Style, Stylize as _};
use ssid_api::{Heat, Status};

use crate::daemon::amount::short;
use crate::daemon::top::grid::{Cell, Grid};
use crate::daemon::top::sheet::Sheet;
use crate::daemon::top::view::View;

/// What is left of the map: the row's first bucket.
pub const MARGIN: u16 = 6;

/// Draws a head, the map, and a line about the cell that the cursor is on.
pub fn draw(sheet: &mut Sheet<'_>, view: &View<'_>, grid: Option<&Grid>) {
    let known = view
        .heat
        .filter(|heat| heat.owners.len() == heat.load.len() && !heat.owners.is_empty());
    let (Some(heat), Some(grid)) = (known, grid) else {
        sheet.put(0, 0, "the buckets' loads are not known yet", Style::new());
        return;
    };
    let cells = grid.cells(heat);
    let most = cells.iter().map(|cell| cell.load).max().unwrap_or(0);
    let all = cells
        .iter()
        .fold(0u64, |sum, cell| sum.saturating_add(cell.load));
    let mean = all
        .checked_div(u64::try_from(cells.len()).unwrap_or(1))
        .unwrap_or(0);
    head(sheet, view.status, grid, (mean, most));
    let columns = usize::from(grid.columns).max(1);
    for (y, row) in (1..).zip(cells.chunks(columns)) {
        let first = row.first().map_or(0, |cell| cell.first);
        sheet.put(0, y, &format!("{first:>5}"), Style::new().dim());
        for (x, cell) in (0u16..).zip(row) {
            let owner = cell.owner().and_then(|owner| usize::try_from(owner).ok());
            let mut look = view.colours.cell(owner, cell.level(mean));
            if (cell.first..=cell.last).contains(&view.state.cursor) {
                look = view.colours.cursor(look);
            }
            let (text, style) = look;
            let x = MARGIN.saturating_add(x.saturating_mul(grid.width));
            sheet.put(x, y, &text.repeat(grid.width.into()), style);
        }
    }
    let at = |cell: &&Cell| (cell.first..=cell.last).contains(&view.state.cursor);
    if let Some(cell) = cells.iter().find(at) {
        let y = grid.rows.saturating_add(1);
        sheet.put(0, y, &about(cell, view.status, heat), Style::new());
    }
}

fn head(sheet: &mut Sheet<'_>, status: &Status, grid: &Grid, (mean, most): (u64, u64)) {
    let bold = Style::new().bold();
    let x = sheet.put(0, 0, "BUCKETS", bold);
    let cells = match grid.per {
        1 => "one a cell".to_owned(),
        per => format!("{per} a cell"),
    };
    let text = format!(
        " {}, {cells}; mean {}, most {} packets/s; {} moving, {} unserved",
        status.buckets,
        short(mean),
        short(most),
        status.moving,
        status.unserved
    );
    sheet.put(x, 0, &text, Style::new());
}

/// A cell's description.
fn about(cell: &Cell, status: &Status, heat: &Heat) -> String {
    let name = |owner: u32| {
        let node = usize::try_from(owner)
            .ok()
            .and_then(|place| status.nodes.get(place));
        node.map_or("a node that is not in the file", |node| node.name.as_str())
    };
    let whose = match (cell.owners.as_slice(), cell.unowned) {
        ([], _) => "nobody's".to_owned(),
        ([(owner, _)], 0) => format!("{}'s", name(*owner)),
        (owners, unowned) => {
            let mut parts: Vec<String> = owners
                .iter()
                .map(|(owner, count)| format!("{} {count}", name(*owner)))
                .collect();
            if unowned > 0 {
                parts.push(format!("nobody {unowned}"));
            }
            parts.join(", ")
        }
    };
    let load = format!("{} packets/s", short(cell.load));
    if cell.first == cell.last {
        return format!("bucket {}: {whose}, {load}", cell.first);
    }
    let loads = (0u32..).zip(&heat.load);
    let hottest = loads
        .filter(|(bucket, _)| (cell.first..=cell.last).contains(bucket))
        .max_by_key(|(bucket, load)| (**load, std::cmp::Reverse(*bucket)));
    let hottest = match hottest {
        Some((bucket, load)) if *load > 0 => format!(", the hottest is {bucket}"),
        _ => String::new(),
    };
    // Last what may be too long for the line.
    format!(
        "buckets {}-{}: {load}{hottest}; {whose}",
        cell.first, cell.last
    )
}
