// SPDX-License-Identifier: GPL-2.0-only

//! A part of the screen to write on; what is beside it is lost.

use crossterm::style::ContentStyle as Style;

use crate::daemon::top::canvas::Canvas;

/// The part.
pub struct Sheet<'a> {
    canvas: &'a mut Canvas,
    left: u16,
    top: u16,
    width: u16,
    height: u16,
}

impl<'a> Sheet<'a> {
    /// All of a canvas.
    pub fn new(canvas: &'a mut Canvas) -> Self {
        let (width, height) = (canvas.width(), canvas.height());
        Self {
            canvas,
            left: 0,
            top: 0,
            width,
            height,
        }
    }

    /// Characters of a line.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Lines.
    pub fn height(&self) -> u16 {
        self.height
    }

    /// Writes, from a column of a line on; returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if x >= self.width || y >= self.height {
            return x;
        }
        let (left, top) = (self.left.saturating_add(x), self.top.saturating_add(y));
        let end = self.canvas.write(left, top, text, self.width - x, style);
        end.saturating_sub(self.left)
    }

    /// Empties a part, so that something can be written over it.
    pub fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Sheet<'_> {
        let (x, y) = (x.min(self.width), y.min(self.height));
        let part = Sheet {
            left: self.left.saturating_add(x),
            top: self.top.saturating_add(y),
            width: width.min(self.width - x),
            height: height.min(self.height - y),
            canvas: self.canvas,
        };
        for top in (part.top..).take(part.height.into()) {
            for left in (part.left..).take(part.width.into()) {
                part.canvas.empty(left, top);
            }
        }
        part
    }
}
