// SPDX-License-Identifier: GPL-2.0-only

//! Fractions of a table, in 2^-64 of it: which row one leads to.

/// The row of a table of so many rows that is `fraction` into it: below `rows`, unless that is 0.
///
/// So a table is looked up without a check: the fraction is 2^64 - 1 at most, so that the product is below `rows` * 2^64.
#[inline(always)]
pub const fn row(fraction: u64, rows: u64) -> u64 {
    ((fraction as u128 * rows as u128) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::BUCKETS_MAX;

    /// The product does not overflow and grows with the fraction, so what holds for the greatest fraction holds for all.
    #[test]
    fn no_fraction_is_past_the_table() {
        let powers = (0..64).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
        for rows in (1..=u64::from(BUCKETS_MAX)).chain(powers).chain([u64::MAX]) {
            let last = rows.wrapping_sub(1);
            assert_eq!(
                row(u64::MAX, rows),
                if rows == 0 { 0 } else { last },
                "{rows}"
            );
            assert_eq!(row(0, rows), 0, "{rows}");
        }
    }

    /// The same formula with 8 bits in the place of 64: each fraction of each table, and each row is somebody's.
    #[test]
    fn all_fractions_of_all_tables_of_8_bits() {
        for rows in 1..=u8::MAX {
            let small = |fraction: u8| ((u16::from(fraction) * u16::from(rows)) >> 8) as u8;
            let mut met = [false; 256];
            for fraction in 0..=u8::MAX {
                assert!(small(fraction) < rows);
                met[usize::from(small(fraction))] = true;
                // It is the formula: the same fraction in 2^-64.
                let wide = u64::from(fraction) << 56;
                assert_eq!(row(wide, rows.into()), small(fraction).into());
            }
            assert!(met[..rows.into()].iter().all(|met| *met), "{rows}");
        }
    }
}
