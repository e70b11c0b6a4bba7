// SPDX-License-Identifier: GPL-2.0-only

//! Enumerations whose members have a number on the wire and a name in the netlink specification.

use core::fmt;

/// A name or a number that is none of an enumeration with these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown(pub &'static [&'static str]);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("none of ")?;
        let mut names = self.0.iter();
        if let Some(first) = names.next() {
            f.write_str(first)?;
        }
        names.try_for_each(|name| write!(f, ", {name}"))
    }
}

impl core::error::Error for Unknown {}

/// Defines such an enumeration from one table of member, number, name and what it means.
macro_rules! numbered {
    (
        $(#[$meta:meta])*
        $enum:ident: $repr:ident {
            $($member:ident = $number:literal $name:literal $doc:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum {
            $(#[doc = concat!("`", $name, "`: ", $doc)] $member,)+
        }

        impl $enum {
            /// All members, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The members' names in the specification, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The number on the wire.
            #[inline]
            pub const fn number(self) -> $repr {
                match self {
                    $(Self::$member => $number),+
                }
            }

            /// The member of this number.
            pub const fn of_number(number: $repr) -> Option<Self> {
                match number {
                    $($number => Some(Self::$member),)+
                    _ => None,
                }
            }

            /// The name in the specification.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$member => $name),+
                }
            }

            /// The member of this name.
            pub fn of_name(name: &[u8]) -> Option<Self> {
                Self::ALL
                    .iter()
                    .find(|member| member.name().as_bytes() == name)
                    .copied()
            }

            /// What it means.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$member => $doc),+
                }
            }
        }

        /// The first one.
        impl Default for $enum {
            fn default() -> Self {
                Self::ALL[0]
            }
        }

        impl TryFrom<$repr> for $enum {
            type Error = Unknown;

            fn try_from(number: $repr) -> Result<Self, Self::Error> {
                Self::of_number(number).ok_or(Unknown(Self::NAMES))
            }
        }

        impl core::str::FromStr for $enum {
            type Err = Unknown;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::of_name(name.as_bytes()).ok_or(Unknown(Self::NAMES))
            }
        }

        impl core::fmt::Display for $enum {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use numbered;
