// SPDX-License-Identifier: GPL-2.0-only

//! Lines: how the cost of a drop grows, a panel for each quantity.

use crate::Result;
use crate::bars::INK;
use crate::results::Curve;
use crate::results::Results;
use plotters::coord::Shift;
use plotters::prelude::*;

const PANEL: (u32, u32) = (430, 240);
const GRID: RGBColor = RGBColor(225, 225, 225);
const BAND: RGBColor = RGBColor(220, 232, 245);
const LINE: RGBColor = RGBColor(0, 90, 181);
/// What is flat stays within this part of the first point.
const FLAT: f64 = 0.05;

/// The curves of this unit, two a line.
pub fn all(results: &Results, unit: &str) -> Result<String> {
    let curves: Vec<_> = results.curves.iter().filter(|c| c.unit == unit).collect();
    let lines = curves.len().div_ceil(2).max(1);
    let mut svg = String::new();
    {
        let size = (2 * PANEL.0, lines as u32 * PANEL.1);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        for (area, curve) in root.split_evenly((lines, 2)).iter().zip(curves) {
            panel(area, curve)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn panel(area: &DrawingArea<SVGBackend<'_>, Shift>, curve: &Curve) -> Result<()> {
    let points: Vec<_> = curve.points.iter().map(|p| (p.x, p.figure)).collect();
    let (Some(&(from, first)), Some(&(to, _))) = (points.first(), points.last()) else {
        return Ok(());
    };
    let most = points
        .iter()
        .map(|(_, figure)| *figure)
        .fold(first, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin_right(20)
        .margin_top(6)
        .caption(&curve.what, ("sans-serif", 15).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 50)
        .set_label_area_size(LabelAreaPosition::Bottom, 28)
        .build_cartesian_2d((from..to).log_scale().base(2.0), 0.0..most * 1.2)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .y_labels(5)
        .x_labels(8)
        .label_style(("sans-serif", 13).into_font().color(&INK))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .draw()?;
    let band = [(from, first * (1.0 - FLAT)), (to, first * (1.0 + FLAT))];
    chart.draw_series([Rectangle::new(band, BAND.filled())])?;
    chart.draw_series(LineSeries::new(points.clone(), LINE.stroke_width(2)))?;
    chart.draw_series(
        points
            .iter()
            .map(|&point| Circle::new(point, 3, LINE.filled())),
    )?;
    Ok(())
}
