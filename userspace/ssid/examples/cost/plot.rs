// SPDX-License-Identifier: GPL-2.0-only

//! The costs as a picture: messages, bytes and processor time by the number of nodes.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::measure::{Agents, Planner};

const SIZE: (u32, u32) = (980, 640);
const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(225, 225, 225);
const SENT: RGBColor = RGBColor(0, 90, 181);
const RECEIVED: RGBColor = RGBColor(220, 120, 20);
/// Numbers of nodes, as powers of two.
const POWERS: Range<f64> = 0.8..8.2;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;
/// A name, a colour, and what there is at how many nodes.
type Curve<'a> = (&'a str, RGBColor, Vec<(u32, f64)>);

/// An SVG picture.
pub fn svg(agents: &[Agents], planner: &[Planner]) -> Result<String> {
    let of = |value: fn(&Agents) -> f64| agents.iter().map(|a| (a.nodes, value(a))).collect();
    let plans = |value: fn(&Planner) -> f64| planner.iter().map(|p| (p.nodes, value(p))).collect();
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (messages, rest) = root.split_vertically(200);
        let (bytes, time) = rest.split_vertically(200);
        let curves = [
            ("received", RECEIVED, of(|a| a.received)),
            ("sent", SENT, of(|a| a.sent)),
        ];
        panel(&messages, "Messages of a node, a second", &curves, 0, false)?;
        let curves = [
            ("received", RECEIVED, of(|a| a.bytes_received / 1000.0)),
            ("sent", SENT, of(|a| a.bytes_sent / 1000.0)),
        ];
        panel(&bytes, "Their bytes, thousands a second", &curves, 0, false)?;
        let curves = [
            ("ssid's agent, a second", RECEIVED, of(|a| a.time)),
            (
                "the planner alone, a plan: nothing moves",
                SENT,
                plans(|p| p.quiet),
            ),
            ("a node joins", INK, plans(|p| p.join)),
        ];
        panel(&time, "Processor time of a node, ms", &curves, 1, true)?;
        root.present()?;
    }
    let licence = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n";
    Ok(format!("{licence}{svg}"))
}

/// Axes, a title, and the curves with their points; nodes are written below the last panel only.
fn panel(
    area: &Area<'_>,
    title: &str,
    curves: &[Curve<'_>],
    digits: usize,
    nodes: bool,
) -> Result<()> {
    let values = curves.iter().flat_map(|(_, _, points)| points);
    let most = values.map(|(_, value)| *value).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin_right(30)
        .margin_top(6)
        .caption(title, ("sans-serif", 18).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 55)
        .set_label_area_size(LabelAreaPosition::Bottom, if nodes { 40 } else { 8 })
        .build_cartesian_2d(POWERS, 0.0..most * 1.15)?;
    let value = |value: &f64| format!("{value:.digits$}");
    let power = |power: &f64| match (power - power.round()).abs() < 0.01 {
        true => format!("{:.0}", power.exp2()),
        false => String::new(),
    };
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .y_labels(5)
        .x_labels(if nodes { 9 } else { 0 })
        .label_style(("sans-serif", 15).into_font().color(&INK))
        .y_label_formatter(&value)
        .x_label_formatter(&power);
    if nodes {
        mesh.x_desc("nodes");
    }
    mesh.draw()?;
    for (name, color, points) in curves {
        let color = *color;
        let places: Vec<(f64, f64)> = points
            .iter()
            .map(|(nodes, value)| (f64::from(*nodes).log2(), *value))
            .collect();
        chart
            .draw_series(LineSeries::new(places.clone(), color.stroke_width(2)))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(3)));
        chart.draw_series(
            places
                .into_iter()
                .map(|at| Circle::new(at, 3, color.filled())),
        )?;
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
