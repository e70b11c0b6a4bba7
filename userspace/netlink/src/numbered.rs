// SPDX-License-Identifier: GPL-2.0-only

//! Enumerations whose members have a number on the wire and a name in the specification.

use std::fmt;

/// A name or a number that an enumeration does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What was asked for.
    pub given: String,
    /// The names there are.
    pub names: &'static [&'static str],
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is none of {}", self.given, self.names.join(", "))
    }
}

impl std::error::Error for Unknown {}

/// Defines such an enumeration from one table of variant, number and name.
macro_rules! numbered {
    (
        $(#[$meta:meta])*
        $enum:ident: $repr:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $number:literal $name:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum {
            $($(#[$variant_meta])* #[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl $enum {
            /// All members, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The members' names in the specification, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The number on the wire.
            pub const fn number(self) -> $repr {
                match self {
                    $(Self::$variant => $number),+
                }
            }

            /// The name in the specification.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl TryFrom<$repr> for $enum {
            type Error = $crate::numbered::Unknown;

            fn try_from(number: $repr) -> Result<Self, Self::Error> {
                match number {
                    $($number => Ok(Self::$variant),)+
                    _ => Err($crate::numbered::Unknown {
                        given: number.to_string(),
                        names: Self::NAMES,
                    }),
                }
            }
        }

        impl std::str::FromStr for $enum {
            type Err = $crate::numbered::Unknown;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::numbered::Unknown {
                        given: name.to_owned(),
                        names: Self::NAMES,
                    }),
                }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use numbered;
