// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl import`'s readers: that program is no library, so its files are parts of this one, too.

#[path = "../../ssictl/src/import/cib.rs"]
mod cib;
#[path = "../../ssictl/src/import/crm.rs"]
mod crm;
#[path = "../../ssictl/src/import/found.rs"]
pub mod found;
#[path = "../../ssictl/src/import/ipaddr2.rs"]
mod ipaddr2;
#[path = "../../ssictl/src/import/iptables.rs"]
mod iptables;
#[path = "../../ssictl/src/import/keepalived.rs"]
mod keepalived;
#[path = "../../ssictl/src/import/keepalived_blocks.rs"]
mod keepalived_blocks;
#[path = "../../ssictl/src/import/kind.rs"]
pub mod kind;
#[path = "../../ssictl/src/import/nft.rs"]
mod nft;
#[path = "../../ssictl/src/import/nlb.rs"]
mod nlb;
#[path = "../../ssictl/src/import/pcs.rs"]
mod pcs;
#[path = "../../ssictl/src/import/powershell.rs"]
mod powershell;
#[path = "../../ssictl/src/import/words.rs"]
mod words;
