// SPDX-License-Identifier: GPL-2.0-only

//! The distributions as a picture: of each case, which part of its runs had ended after so many ms.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::times::Cases;

const SIZE: (u32, u32) = (980, 640);
const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(225, 225, 225);
const COLORS: [RGBColor; 6] = [
    RGBColor(0, 90, 181),
    RGBColor(110, 175, 235),
    RGBColor(160, 40, 30),
    RGBColor(220, 120, 20),
    RGBColor(120, 120, 60),
    RGBColor(150, 90, 170),
];

/// The axis of times is logarithmic, and begins with so many ms.
const FROM: f64 = 100.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// An SVG picture.
pub fn svg(simulation: &Cases, machines: &Cases) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (upper, lower) = root.split_vertically(300);
        let title = "All clients served again after a power cut, % of the runs: simulation";
        panel(&upper, title, simulation)?;
        let title = "The same of kernels in User Mode Linux, three nodes on a machine";
        panel(&lower, title, machines)?;
        root.present()?;
    }
    let licence = "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n";
    Ok(format!("{licence}{svg}"))
}

/// Stairs from nothing to all, with a corner at each run.
fn stairs(times: &[u64], end: f64) -> Vec<(f64, f64)> {
    let each = 100.0 / times.len() as f64;
    let mut points = vec![(FROM, 0.0)];
    for (number, ms) in times.iter().enumerate() {
        let (x, y) = (*ms as f64, each * number as f64);
        points.extend([(x, y), (x, y + each)]);
    }
    points.push((end, 100.0));
    points
}

/// Of the lines of a decade those of 1, 2 and 5 have a number: there is room for these.
fn label(ms: f64) -> String {
    let text = format!("{ms:.0}");
    match text.starts_with(['1', '2', '5']) {
        true => text,
        false => String::new(),
    }
}

/// Axes, a title, and a curve for each case.
fn panel(area: &Area<'_>, title: &str, cases: &Cases) -> Result<()> {
    let cases = cases.sorted();
    let longest = cases.iter().filter_map(|(_, times)| times.last());
    let end = longest
        .max()
        .map_or(1000.0, |ms| (*ms as f64 * 1.05).max(1000.0));
    let mut chart = ChartBuilder::on(area)
        .margin_right(30)
        .margin_top(6)
        .caption(title, ("sans-serif", 18).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 55)
        .set_label_area_size(LabelAreaPosition::Bottom, 40)
        .build_cartesian_2d((FROM..end).log_scale(), 0.0..103.0)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .x_labels(22)
        .y_labels(6)
        .label_style(("sans-serif", 15).into_font().color(&INK))
        .x_label_formatter(&|ms| label(*ms))
        .y_label_formatter(&|percent| format!("{percent:.0}"))
        .x_desc("ms")
        .draw()?;
    for ((name, times), color) in cases.iter().zip(COLORS) {
        let style = color.stroke_width(2);
        chart
            .draw_series(LineSeries::new(stairs(times, end), style))?
            .label(format!("{name}, {} runs", times.len()))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .label_font(("sans-serif", 16).into_font().color(&INK))
        .background_style(WHITE.mix(0.8))
        .border_style(TRANSPARENT)
        .draw()?;
    Ok(())
}
