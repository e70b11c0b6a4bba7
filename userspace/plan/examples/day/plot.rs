// SPDX-License-Identifier: GPL-2.0-only

//! The day as a picture: the load, how uneven it was, what moved.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::cluster::LIMITS;
use crate::run::{Day, Minute};

const SIZE: (u32, u32) = (980, 640);
const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(225, 225, 225);
const LEVELLED: RGBColor = RGBColor(0, 90, 181);
const LEFT_ALONE: RGBColor = RGBColor(220, 120, 20);
const SUM: RGBColor = RGBColor(150, 150, 150);
/// Minutes for which a curve has one point, the worst of them.
const WINDOW: usize = 4;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// An SVG picture.
pub fn svg(day: &Day) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (load, rest) = root.split_vertically(140);
        let (unevenness, moves) = rest.split_vertically(330);
        sum(&load, day)?;
        busiest(&unevenness, day)?;
        moved(&moves, day)?;
        root.present()?;
    }
    let licence = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n";
    Ok(format!("{licence}{svg}"))
}

/// What all nodes have to do together.
fn sum(area: &Area<'_>, day: &Day) -> Result<()> {
    let most = day.minutes.iter().map(|m| m.load).fold(0.0, f64::max);
    let percent = |m: &Minute| 100.0 * m.load / most;
    let title = "Load of the cluster, % of the day's greatest";
    let mut chart = panel(area, title, 0.0..105.0, false, 3, 0)?;
    chart.draw_series(LineSeries::new(curve(day, percent), SUM.stroke_width(2)))?;
    Ok(())
}

/// The busiest node with levelling and without.
fn busiest(area: &Area<'_>, day: &Day) -> Result<()> {
    let title = "Load of the busiest of 16 nodes, in parts of the mean node's";
    let mut chart = panel(area, title, 1.0..2.7, false, 8, 1)?;
    for (percent, name) in [(LIMITS.act, "begins"), (LIMITS.stop, "ends")] {
        let level = f64::from(percent) / 100.0;
        let dashes = [(0.0, level), (24.0, level)];
        chart.draw_series(DashedLineSeries::new(dashes, 4, 4, INK.stroke_width(1)))?;
        let style = text(14, &INK, HPos::Left, VPos::Center);
        let label = Text::new(format!("{name} at {level:.2}"), (24.15, level), style);
        chart.draw_series([label])?;
    }
    for (name, color, value) in [
        (
            "table left alone",
            LEFT_ALONE,
            (|m| m.left_alone) as fn(&Minute) -> f64,
        ),
        ("levelled", LEVELLED, |m| m.levelled),
    ] {
        chart
            .draw_series(LineSeries::new(curve(day, value), color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font(("sans-serif", 16).into_font().color(&INK))
        .background_style(WHITE.mix(0.8))
        .border_style(TRANSPARENT)
        .draw()?;
    Ok(())
}

/// Moves of each hour.
fn moved(area: &Area<'_>, day: &Day) -> Result<()> {
    let hours = day.minutes.chunks(60);
    let moves: Vec<usize> = hours.map(|h| h.iter().map(|m| m.moves).sum()).collect();
    let most = *moves.iter().max().unwrap_or(&0) as f64;
    let title = format!("Buckets moved each hour, of {}", day.moves.len());
    let mut chart = panel(area, &title, 0.0..most * 1.25, true, 4, 0)?;
    for (hour, moves) in moves.into_iter().enumerate() {
        let (hour, moves) = (hour as f64, moves as f64);
        let bar = Rectangle::new([(hour + 0.1, 0.0), (hour + 0.9, moves)], LEVELLED.filled());
        let style = text(14, &INK, HPos::Center, VPos::Bottom);
        let number = Text::new(format!("{moves}"), (hour + 0.5, moves), style);
        chart.draw_series([bar])?;
        chart.draw_series([number])?;
    }
    Ok(())
}

type Panel<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// Axes and a title; hours are written below the last panel only.
fn panel<'a, 'b>(
    area: &'a Area<'b>,
    title: &str,
    values: std::ops::Range<f64>,
    hours: bool,
    lines: usize,
    digits: usize,
) -> Result<Panel<'a, 'b>> {
    let mut chart = ChartBuilder::on(area)
        .margin_right(100)
        .margin_top(6)
        .caption(title, ("sans-serif", 18).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 45)
        .set_label_area_size(LabelAreaPosition::Bottom, if hours { 40 } else { 8 })
        .build_cartesian_2d(0.0..24.0, values)?;
    let value = |value: &f64| format!("{value:.digits$}");
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .y_labels(lines)
        .x_labels(if hours { 13 } else { 0 })
        .label_style(("sans-serif", 15).into_font().color(&INK))
        .y_label_formatter(&value)
        .x_label_formatter(&|hour| format!("{hour:.0}:00"));
    if hours {
        mesh.x_desc("time of day");
    }
    mesh.draw()?;
    Ok(chart)
}

fn curve(day: &Day, value: impl Fn(&Minute) -> f64) -> Vec<(f64, f64)> {
    let windows = day.minutes.chunks(WINDOW).enumerate();
    windows
        .map(|(number, minutes)| {
            let hour = (number * WINDOW) as f64 / 60.0;
            (hour, minutes.iter().map(&value).fold(0.0, f64::max))
        })
        .collect()
}

fn text(size: u32, color: &RGBColor, across: HPos, along: VPos) -> TextStyle<'_> {
    TextStyle::from(("sans-serif", size).into_font())
        .color(color)
        .pos(Pos::new(across, along))
}
