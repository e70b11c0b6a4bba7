// SPDX-License-Identifier: GPL-2.0-only

//! Canvas: a screen's characters and how each looks, before they are on the terminal.

use crossterm::style::ContentStyle as Style;
use unicode_width::UnicodeWidthChar as _;

/// One place of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is there: a character; nothing beside one that takes two places.
    pub character: Option<char>,
    /// How it looks.
    pub style: Style,
}

const EMPTY: Cell = Cell {
    character: Some(' '),
    style: Style {
        foreground_color: None,
        background_color: None,
        underline_color: None,
        attributes: crossterm::style::Attributes::none(),
    },
};

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    width: u16,
    height: u16,
    cells: Vec<Cell>,
}

impl Canvas {
    /// Nothing is on it.
    pub fn new(width: u16, height: u16) -> Self {
        let places = usize::from(width).saturating_mul(height.into());
        Self {
            width,
            height,
            cells: vec![EMPTY; places],
        }
    }

    /// Columns.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Lines.
    pub fn height(&self) -> u16 {
        self.height
    }

    /// The lines.
    pub fn lines(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(usize::from(self.width).max(1))
    }

    /// What is at a place, if it is on the canvas.
    #[cfg(test)]
    pub fn at(&self, x: u16, y: u16) -> Option<&Cell> {
        self.cells.get(self.place(x, y)?)
    }

    /// Writes at a place: so many columns at most, and none beyond the line. Returns the column after it. What a terminal would obey
    /// and what has no width is left out.
    pub fn write(&mut self, x: u16, y: u16, text: &str, most: u16, style: Style) -> u16 {
        let end = x.saturating_add(most).min(self.width);
        let mut x = x;
        for character in text.chars() {
            let width = character
                .width()
                .and_then(|width| u16::try_from(width).ok());
            let Some(width) = width.filter(|width| *width > 0) else {
                continue;
            };
            let next = x.saturating_add(width);
            if next > end {
                break;
            }
            self.set(x, y, Some(character), style);
            for beside in x.saturating_add(1)..next {
                self.set(beside, y, None, style);
            }
            x = next;
        }
        x
    }

    /// Empties a place.
    pub fn empty(&mut self, x: u16, y: u16) {
        if let Some(cell) = self.place(x, y).and_then(|at| self.cells.get_mut(at)) {
            *cell = EMPTY;
        }
    }

    fn set(&mut self, x: u16, y: u16, character: Option<char>, style: Style) {
        if let Some(cell) = self.place(x, y).and_then(|at| self.cells.get_mut(at)) {
            *cell = Cell { character, style };
        }
    }

    fn place(&self, x: u16, y: u16) -> Option<usize> {
        let is_on_it = x < self.width && y < self.height;
        let line = usize::from(y).checked_mul(self.width.into())?;
        is_on_it.then(|| line.saturating_add(x.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(canvas: &Canvas, y: usize) -> String {
        let line = canvas.lines().nth(y).unwrap();
        line.iter().filter_map(|cell| cell.character).collect()
    }

    #[test]
    fn what_is_written_stays_on_the_line() {
        let mut canvas = Canvas::new(5, 2);
        assert_eq!(canvas.write(1, 0, "abc", 9, Style::new()), 4);
        assert_eq!(canvas.write(3, 1, "abc", 9, Style::new()), 5);
        assert_eq!(canvas.write(0, 1, "xyz", 2, Style::new()), 2);
        assert_eq!(canvas.write(9, 9, "abc", 9, Style::new()), 9);
        assert_eq!(
            (line(&canvas, 0), line(&canvas, 1)),
            (" abc ".into(), "xy ab".into())
        );
        canvas.empty(3, 1);
        assert_eq!(line(&canvas, 1), "xy  b");
        assert_eq!(Canvas::new(0, 0).write(0, 0, "a", 9, Style::new()), 0);
    }

    #[test]
    fn wide_characters_and_those_that_are_none() {
        let mut canvas = Canvas::new(5, 1);
        assert_eq!(canvas.write(0, 0, "日\x1b[\u{301}本語", 9, Style::new()), 5);
        assert_eq!(line(&canvas, 0), "日[本");
        // Half of one does not fit.
        assert_eq!(canvas.write(4, 0, "語", 9, Style::new()), 4);
    }
}
