// SPDX-License-Identifier: GPL-2.0-only

//! The number of a bucket table.

use super::refusal::Refusal;

/// The greatest that anybody may ask for. Those that follow it one by one do not come to an end.
pub const GENERATION_MAX: u64 = 1 << 62;

/// The greatest that is taken over from another node: from there on a node has as many of its own
/// before it comes to the greatest.
pub const GENERATION_PEER_MAX: u64 = GENERATION_MAX / 2;

/// The one after it.
pub fn next(generation: u64) -> Result<u64, Refusal> {
    generation.checked_add(1).ok_or(Refusal::GenerationRange)
}

/// Checks one that is asked for where another is in force.
pub fn check(asked: u64, in_force: u64) -> Result<(), Refusal> {
    if asked > GENERATION_MAX && next(in_force) != Ok(asked) {
        return Err(Refusal::GenerationRange);
    }
    if asked <= in_force {
        return Err(Refusal::GenerationOld);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = GENERATION_MAX;

    #[test]
    fn what_may_be_asked_for() {
        for (asked, in_force, expected) in [
            (1, 0, Ok(())),
            (7, 7, Err(Refusal::GenerationOld)),
            (6, 7, Err(Refusal::GenerationOld)),
            (MOST, 7, Ok(())),
            (MOST + 1, 7, Err(Refusal::GenerationRange)),
            (u64::MAX, 7, Err(Refusal::GenerationRange)),
            (MOST, MOST, Err(Refusal::GenerationOld)),
            (MOST + 1, MOST, Ok(())),
            (MOST + 2, MOST, Err(Refusal::GenerationRange)),
            (u64::MAX, u64::MAX, Err(Refusal::GenerationRange)),
        ] {
            assert_eq!(check(asked, in_force), expected, "{asked} after {in_force}");
        }
    }

    #[test]
    fn there_is_a_next_one() {
        assert_eq!(next(0), Ok(1));
        assert_eq!(next(MOST), Ok(MOST + 1));
        assert_eq!(next(u64::MAX), Err(Refusal::GenerationRange));
    }
}
