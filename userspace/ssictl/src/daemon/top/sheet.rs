// SPDX-License-Identifier: GPL-2.0-only

//! A part of the screen to write on; what is beside it is lost.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The part.
pub struct Sheet<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
}

impl<'a> Sheet<'a> {
    /// A part of what is drawn.
    pub fn new(buffer: &'a mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area }
    }

    /// Characters of a line.
    pub fn width(&self) -> u16 {
        self.area.width
    }

    /// Lines.
    pub fn height(&self) -> u16 {
        self.area.height
    }

    /// Writes, from a column of a line on; returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return x;
        }
        let room = usize::from(self.area.width - x);
        let (left, top) = (self.area.x.saturating_add(x), self.area.y.saturating_add(y));
        let (end, _) = self.buffer.set_stringn(left, top, text, room, style);
        end.saturating_sub(self.area.x)
    }

    /// Empties a part, so that something can be written over it.
    pub fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Sheet<'_> {
        let area = Rect {
            x: self.area.x.saturating_add(x),
            y: self.area.y.saturating_add(y),
            width,
            height,
        };
        let area = area.intersection(self.area);
        for place in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(place) {
                cell.reset();
            }
        }
        Sheet {
            buffer: self.buffer,
            area,
        }
    }
}
