// SPDX-License-Identifier: GPL-2.0-only

//! Buckets laid out in cells on so much room, and what a cell has.

use ssid_api::Heat;

/// A column more or less is as many, so that a row begins with a round number.
const ROUND: u16 = 16;
/// The widest cell.
const WIDE: u16 = 4;

/// The layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Number of buckets.
    pub buckets: u32,
    /// Buckets of a cell.
    pub per: u32,
    /// Cells of a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// Characters of a cell.
    pub width: u16,
}

impl Grid {
    /// As wide cells as there is room for, else several buckets in one; none where there is no room or no bucket.
    pub fn new(buckets: u32, width: u16, height: u16) -> Option<Self> {
        if buckets == 0 || width == 0 || height == 0 {
            return None;
        }
        let fitting = |per: u32, cell: u16| {
            let columns = match width / cell {
                fit if fit >= ROUND => fit / ROUND * ROUND,
                fit => fit,
            };
            let row = per.checked_mul(columns.into()).filter(|row| *row > 0)?;
            let rows = u16::try_from(buckets.div_ceil(row)).ok()?;
            (rows <= height).then_some(Self {
                buckets,
                per,
                columns,
                rows,
                width: cell,
            })
        };
        let wide = [WIDE, 2, 1].into_iter().find_map(|cell| fitting(1, cell));
        wide.or_else(|| {
            let powers = (1..u32::BITS).map(|power| 1 << power);
            powers.into_iter().find_map(|per| fitting(per, 1))
        })
    }

    /// The cells in order.
    pub fn cells(&self, heat: &Heat) -> Vec<Cell> {
        let per = usize::try_from(self.per).unwrap_or(usize::MAX);
        let firsts = (0..self.buckets).step_by(per);
        firsts
            .enumerate()
            .map(|(index, first)| {
                let start = index.saturating_mul(per);
                let last = first.saturating_add(self.per).min(self.buckets);
                Cell::new(first, last.saturating_sub(1), heat, start, per)
            })
            .collect()
    }
}

/// One or more buckets in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// How many each node has, by its place in the file; the greatest first.
    pub owners: Vec<(u32, u32)>,
    /// How many nobody has.
    pub unowned: u32,
    /// Packets a second in all of them.
    pub load: u64,
}

impl Cell {
    fn new(first: u32, last: u32, heat: &Heat, start: usize, per: usize) -> Self {
        let mut owners: Vec<(u32, u32)> = Vec::new();
        let mut unowned = 0;
        for owner in heat.owners.iter().skip(start).take(per) {
            let Some(owner) = owner else {
                unowned += 1;
                continue;
            };
            match owners.iter_mut().find(|(node, _)| node == owner) {
                Some((_, count)) => *count += 1,
                None => owners.push((*owner, 1)),
            }
        }
        owners.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let loads = heat.load.iter().skip(start).take(per);
        Self {
            first,
            last,
            owners,
            unowned,
            load: loads.fold(0, |sum, load| sum.saturating_add(*load)),
        }
    }

    /// Whose it looks like: that of most; none where one bucket is nobody's.
    pub fn owner(&self) -> Option<u32> {
        match self.unowned {
            0 => self.owners.first().map(|(node, _)| *node),
            _ => None,
        }
    }

    /// Its load beside the mean of all: none, less than half, about as much, more than one and a half times, more
    /// than four times as much. A scale that ends at the greatest would make all but the hottest cell dark.
    pub fn level(&self, mean: u64) -> u8 {
        match (
            self.load,
            self.load.saturating_mul(2).checked_div(mean.max(1)),
        ) {
            (0, _) => 0,
            (_, Some(0)) => 1,
            (_, Some(1 | 2)) => 2,
            (_, Some(3..8)) => 3,
            _ => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(buckets: u32, width: u16, height: u16) -> Option<(u32, u16, u16, u16)> {
        let grid = Grid::new(buckets, width, height)?;
        Some((grid.per, grid.columns, grid.rows, grid.width))
    }

    #[test]
    fn layouts() {
        assert_eq!(shape(1024, 74, 10), Some((2, 64, 8, 1)));
        assert_eq!(shape(1024, 114, 11), Some((1, 112, 10, 1)));
        assert_eq!(shape(256, 74, 10), Some((1, 32, 8, 2)));
        assert_eq!(shape(64, 74, 10), Some((1, 16, 4, 4)));
        assert_eq!(shape(65_536, 74, 10), Some((128, 64, 8, 1)));
        assert_eq!(shape(3, 74, 10), Some((1, 16, 1, 4)));
        assert_eq!(shape(65_536, 1, 1), Some((65_536, 1, 1, 1)));
        assert_eq!(shape(65_536, 0, 1), None);
        assert_eq!(shape(0, 74, 10), None);
    }

    #[test]
    fn every_bucket_is_in_one_cell() {
        for buckets in [1, 3, 100, 1023, 1024, 4097] {
            let grid = Grid::new(buckets, 74, 8).unwrap();
            let heat = Heat {
                owners: (0..buckets).map(|bucket| Some(bucket % 3)).collect(),
                load: vec![1; buckets.try_into().unwrap()],
            };
            let cells = grid.cells(&heat);
            assert!(cells.len() <= usize::from(grid.columns) * usize::from(grid.rows));
            let mut next = 0;
            for cell in &cells {
                assert_eq!(cell.first, next);
                next = cell.last + 1;
                let owned: u32 = cell.owners.iter().map(|(_, count)| count).sum();
                assert_eq!(owned, next - cell.first);
                assert_eq!(cell.load, u64::from(owned));
            }
            assert_eq!(next, buckets);
        }
    }

    #[test]
    fn owners_and_levels() {
        let heat = Heat {
            owners: vec![Some(1), Some(0), Some(0), None],
            load: vec![1, 2, 0, 5],
        };
        let whole = Cell::new(0, 3, &heat, 0, 4);
        assert_eq!((whole.owner(), whole.load), (None, 8));
        assert_eq!(whole.owners, [(0, 2), (1, 1)]);
        let three = Cell::new(0, 2, &heat, 0, 3);
        assert_eq!((three.owner(), three.load), (Some(0), 3));
        let levels = [0, 4, 5, 14, 15, 39, 40, u64::MAX].map(|load| {
            let cell = Cell {
                load,
                ..three.clone()
            };
            cell.level(10)
        });
        assert_eq!(levels, [0, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(three.level(0), 3, "a mean that is rounded down");
    }
}
