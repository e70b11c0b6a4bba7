// SPDX-License-Identifier: GPL-2.0-only

//! The nodes, a line each, with bars.

use crossterm::style::{ContentStyle as Style, Stylize as _};
use ssid_api::NodeStatus;

use crate::daemon::amount::{length, short};
use crate::daemon::status::buckets;
use crate::daemon::top::sheet::Sheet;
use crate::daemon::top::view::View;

/// The longest name that is written whole.
const NAME: u16 = 15;
const STATE: u16 = 9;
const BUCKETS: u16 = 8;
/// A number, a space before and two after it.
const NUMBER: u16 = 7;
/// The narrowest bar with its number; where there is less room, the last ones are left out.
const BAR: u16 = 12;
const HEADS: [&str; 4] = ["PACKETS/s", "CONNS", "CPU %", "PRESSURE %"];

/// Where the columns are.
struct Columns {
    state: u16,
    /// The right end.
    buckets: u16,
    bars: u16,
    /// How many bars there are.
    count: u16,
    /// Of each bar with its number.
    width: u16,
}

impl Columns {
    fn new(width: u16, nodes: &[NodeStatus]) -> Self {
        let longest = nodes.iter().map(|node| node.name.chars().count()).max();
        let name = u16::try_from(longest.unwrap_or(0)).unwrap_or(NAME);
        let state = 2 + name.clamp(4, NAME) + 1;
        let buckets = state + STATE + BUCKETS;
        let bars = buckets + 2;
        let room = width.saturating_sub(bars);
        let count = (room / BAR).clamp(1, 4);
        Self {
            state,
            buckets,
            bars,
            count,
            width: room / count,
        }
    }
}

/// Draws a head and as many nodes as there is room for.
pub fn draw(sheet: &mut Sheet<'_>, view: &View<'_>) {
    let all = view.state.sort.sorted(&view.status.nodes);
    let columns = Columns::new(sheet.width(), &view.status.nodes);
    head(sheet, &columns);
    let room = usize::from(sheet.height().saturating_sub(1));
    let shown = match all.len() > room {
        true => room.saturating_sub(1).max(1),
        false => room,
    };
    let most = |load: fn(&NodeStatus) -> u64| all.iter().map(|(_, node)| load(node)).max();
    let (packets, connections) = (most(|node| node.packets), most(|node| node.connections));
    let scales = [packets.unwrap_or(0), connections.unwrap_or(0), 100, 100];
    let mut y = 1;
    for (place, node) in all.iter().take(shown) {
        row(sheet, y, view, *place, node, &columns, scales);
        y = y.saturating_add(1);
    }
    if shown < all.len() {
        let text = format!(
            "and {} more: a higher window shows them, or s sorts",
            all.len() - shown
        );
        sheet.put(2, y, &text, Style::new());
    }
}

fn head(sheet: &mut Sheet<'_>, columns: &Columns) {
    let bold = Style::new().bold();
    sheet.put(2, 0, "NAME", bold);
    sheet.put(columns.state, 0, "STATE", bold);
    right(sheet, columns.buckets, 0, "BUCKETS", bold);
    for (index, name) in (0..columns.count).zip(HEADS) {
        let x = columns
            .bars
            .saturating_add(columns.width.saturating_mul(index));
        sheet.put(x, 0, name, bold);
    }
}

fn row(
    sheet: &mut Sheet<'_>,
    y: u16,
    view: &View<'_>,
    place: usize,
    node: &NodeStatus,
    columns: &Columns,
    scales: [u64; 4],
) {
    let (mark, style) = view.colours.node(place);
    sheet.put(0, y, &mark, style);
    let name: String = node.name.chars().take(NAME.into()).collect();
    let name_style = match node.master {
        true => Style::new().underlined(),
        false => Style::new(),
    };
    sheet.put(2, y, &name, name_style);
    let is_ill = node.checks.iter().any(|check| !check.good);
    let (state, style) = match (node.member, is_ill) {
        (false, _) => (node.state.as_str(), view.colours.wrong()),
        (true, true) if node.state == "serving" => ("ILL", view.colours.wrong()),
        (true, true) => (node.state.as_str(), view.colours.wrong()),
        (true, false) => (node.state.as_str(), Style::new()),
    };
    sheet.put(columns.state, y, state, style);
    if !node.member {
        return;
    }
    right(sheet, columns.buckets, y, &buckets(node), Style::new());
    let loads = [
        (node.packets, Style::new()),
        (node.connections, Style::new()),
        (node.cpu.into(), view.colours.strain(node.cpu)),
        (node.pressure.into(), view.colours.strain(node.pressure)),
    ];
    let loads = loads.into_iter().zip(scales);
    for (index, ((load, style), most)) in (0..columns.count).zip(loads) {
        let x = columns
            .bars
            .saturating_add(columns.width.saturating_mul(index));
        let longest = columns.width.saturating_sub(NUMBER);
        let bar = "█".repeat(length(load, most, longest).into());
        sheet.put(x, y, &bar, style);
        let end = x.saturating_add(columns.width).saturating_sub(2);
        right(sheet, end, y, &short(load), style);
    }
}

/// Writes so that it ends before a column.
fn right(sheet: &mut Sheet<'_>, end: u16, y: u16, text: &str, style: Style) {
    let width = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    sheet.put(end.saturating_sub(width), y, text, style);
}
