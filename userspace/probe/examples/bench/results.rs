// SPDX-License-Identifier: GPL-2.0-only

//! Results that are drawn.

use serde::Deserialize;

/// All of it.
#[derive(Deserialize)]
pub struct Results {
    /// What a packet costs.
    pub rows: Vec<Row>,
    /// How a drop's cost grows.
    pub curves: Vec<Curve>,
}

/// A way of a packet.
#[derive(Deserialize)]
pub struct Row {
    pub name: String,
    pub who: String,
    pub instructions: Option<Cost>,
    pub nanoseconds: Option<Cost>,
}

/// Its cost, and what of it is not the kernel's alone.
#[derive(Deserialize)]
pub struct Cost {
    pub figure: f64,
    pub added: Option<f64>,
}

/// A drop's cost by one quantity.
#[derive(Deserialize)]
pub struct Curve {
    pub what: String,
    pub unit: String,
    pub points: Vec<Point>,
}

/// One of its points.
#[derive(Deserialize)]
pub struct Point {
    pub x: f64,
    pub figure: f64,
}

impl Results {
    /// The row of this name.
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}
