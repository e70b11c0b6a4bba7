// SPDX-License-Identifier: GPL-2.0-only

//! The module's parameters. Macros of older kernels (before 7.3) give references to their values, and have no `bool`: there 1 is on.

use core::borrow::Borrow;

use crate::module_parameters;

#[cfg(not(ssi_no_bool_parameters))]
type Switch = bool;
#[cfg(ssi_no_bool_parameters)]
type Switch = u8;

/// Most clusters on one interface.
pub(crate) fn clusters_max() -> u32 {
    copied::<u32>(module_parameters::clusters_max.value())
}

/// Most clusters in one network namespace.
pub(crate) fn clusters_per_namespace() -> u32 {
    copied::<u32>(module_parameters::clusters_per_namespace.value())
}

/// Whether clusters may be in network namespaces of other user namespaces than the first.
pub(crate) fn userns() -> bool {
    copied::<Switch>(module_parameters::userns.value()) != Switch::default()
}

fn copied<T: Copy>(value: impl Borrow<T>) -> T {
    *value.borrow()
}
