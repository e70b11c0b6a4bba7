// SPDX-License-Identifier: GPL-2.0-only

//! Ledger of what each node has, in order of load by weight.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::view::{Bucket, LOAD_MAX, View};
use crate::roster::Holder;

/// What a taker has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Which taker.
    pub place: usize,
    /// Its weight, not 0.
    pub weight: u32,
    /// How many buckets it has.
    pub count: u32,
    /// What they come to together, and what it serves besides.
    pub amount: u128,
}

impl Ord for Account {
    fn cmp(&self, other: &Self) -> Ordering {
        // Amounts are below 2^70, weights below 2^32.
        (self.amount * u128::from(other.weight))
            .cmp(&(other.amount * u128::from(self.weight)))
            .then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Account {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The accounts of all takers. Those that may give are in one order, those that may take in another.
pub struct Ledger {
    accounts: Vec<Account>,
    givers: BTreeSet<Account>,
    takers: BTreeSet<Account>,
    k: u128,
    weights: u128,
    amounts: u128,
}

impl Ledger {
    /// Accounts in which a bucket stands for its `price`, and what a node serves besides for `held`.
    pub fn new(
        view: &View<'_>,
        price: impl Fn(&Bucket) -> u128,
        held: impl Fn(u64) -> u128,
    ) -> Self {
        let takers = view.roster.takers().iter().enumerate();
        let mut accounts: Vec<Account> = takers
            .map(|(place, member)| Account {
                place,
                weight: member.weight,
                count: 0,
                amount: held(member.held.min(LOAD_MAX)),
            })
            .collect();
        for bucket in &view.buckets {
            let Holder::Taker(place) = bucket.holder else {
                continue;
            };
            if let Some(account) = accounts.get_mut(place) {
                account.count += 1;
                account.amount += price(bucket);
            }
        }
        let order: BTreeSet<Account> = accounts.iter().copied().collect();
        Self {
            k: u128::from(view.k()),
            weights: accounts.iter().map(|a| u128::from(a.weight)).sum(),
            amounts: accounts.iter().map(|a| a.amount).sum(),
            givers: order.clone(),
            takers: order,
            accounts,
        }
    }

    /// The account of a taker.
    pub fn account(&self, place: usize) -> Option<Account> {
        self.accounts.get(place).copied()
    }

    /// All accounts in order of members.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// What all have together.
    pub fn amounts(&self) -> u128 {
        self.amounts
    }

    /// Of those that may give, the one with most for its weight.
    pub fn highest(&self) -> Option<Account> {
        self.givers.last().copied()
    }

    /// Of those that may take, the one with least for its weight.
    pub fn lowest(&self) -> Option<Account> {
        self.takers.first().copied()
    }

    /// This one gives no more.
    pub fn keeps(&mut self, account: &Account) {
        self.givers.remove(account);
    }

    /// This one takes no more.
    pub fn is_full(&mut self, account: &Account) {
        self.takers.remove(account);
    }

    /// A bucket of this price goes from one, if it had an owner, to another.
    pub fn shift(&mut self, price: u128, from: Option<usize>, to: usize) {
        if let Some(from) = from {
            self.change(from, |account| {
                account.count = account.count.saturating_sub(1);
                account.amount = account.amount.saturating_sub(price);
            });
        }
        self.change(to, |account| {
            account.count += 1;
            account.amount += price;
        });
    }

    /// Whether a node may lose one more: a quarter of its share of the buckets stays with it.
    pub fn may_give(&self, account: &Account) -> bool {
        account.count > self.quota(account).div_ceil(4)
    }

    /// Whether a node may get one more: nobody has more than four times its share of the buckets.
    pub fn may_take(&self, account: &Account) -> bool {
        let held = u128::from(account.count);
        held * self.weights < 4 * self.k * u128::from(account.weight)
    }

    /// A taker's share of all buckets, rounded down.
    pub fn quota(&self, account: &Account) -> u32 {
        let share = (self.k * u128::from(account.weight)).checked_div(self.weights);
        share
            .and_then(|share| u32::try_from(share).ok())
            .unwrap_or(0)
    }

    /// A taker's share of all amounts, rounded down.
    pub fn fair(&self, account: &Account) -> u128 {
        let share = (self.amounts * u128::from(account.weight)).checked_div(self.weights);
        share.unwrap_or(0)
    }

    /// Whether a taker has more than so many percent of its share of all amounts.
    pub fn is_above(&self, account: &Account, percent: u32) -> bool {
        let (has, share) = self.compared(account);
        100 * has > share.saturating_mul(percent.into())
    }

    /// Whether a taker is as far below its share of all amounts as so many percent are above it.
    pub fn is_below(&self, account: &Account, percent: u32) -> bool {
        let (has, share) = self.compared(account);
        100 * has < share * u128::from(200u32.saturating_sub(percent))
    }

    /// What it has and what it should have, in the same unit: below 2^113.
    fn compared(&self, account: &Account) -> (u128, u128) {
        let share = self.amounts * u128::from(account.weight);
        (account.amount * self.weights, share)
    }

    fn change(&mut self, place: usize, change: impl FnOnce(&mut Account)) {
        let Some(account) = self.accounts.get_mut(place) else {
            return;
        };
        let (gives, takes) = (self.givers.remove(account), self.takers.remove(account));
        change(account);
        if gives {
            self.givers.insert(*account);
        }
        if takes {
            self.takers.insert(*account);
        }
    }
}
