// SPDX-License-Identifier: GPL-2.0-only

//! Attributes as they are on the wire: a number, some bytes. The types on top give them a meaning.

use std::net::IpAddr;

use netlink_packet_core::{DecodeError, Emitable, Nla, NlasIterator};

/// The most bytes that an attribute can hold: its length is 16 bits wide and counts its header.
const VALUE_MAX: usize = 0xffff - 4;

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    number: u16,
    value: Vec<u8>,
}

impl Nla for Attribute {
    fn value_len(&self) -> usize {
        self.value.len()
    }

    fn kind(&self) -> u16 {
        self.number
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.value);
    }
}

/// A list of attributes: a message's, or a nest's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// Takes bytes apart, whatever the attributes mean.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        NlasIterator::new(bytes)
            .map(|nla| {
                nla.map(|nla| Attribute {
                    number: nla.kind(),
                    value: nla.value().to_vec(),
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Number and length of an attribute that is too long for the length in its header.
    pub(crate) fn too_long(&self) -> Option<(u16, usize)> {
        let long = self.0.iter().find(|a| a.value.len() > VALUE_MAX)?;
        Some((long.number, long.value.len()))
    }

    /// Appends bytes.
    pub fn bytes(&mut self, number: u16, value: &[u8]) -> &mut Self {
        self.0.push(Attribute {
            number,
            value: value.to_vec(),
        });
        self
    }

    /// Appends text with the closing NUL.
    pub fn text(&mut self, number: u16, value: &str) -> &mut Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.bytes(number, &bytes)
    }

    /// Appends a number of 8 bits.
    pub fn u8(&mut self, number: u16, value: u8) -> &mut Self {
        self.bytes(number, &[value])
    }

    /// Appends a number of 32 bits.
    pub fn u32(&mut self, number: u16, value: u32) -> &mut Self {
        self.bytes(number, &value.to_ne_bytes())
    }

    /// Appends a number of 64 bits.
    pub fn u64(&mut self, number: u16, value: u64) -> &mut Self {
        self.bytes(number, &value.to_ne_bytes())
    }

    /// Appends an address: 4 or 16 bytes.
    pub fn address(&mut self, number: u16, value: IpAddr) -> &mut Self {
        match value {
            IpAddr::V4(v4) => self.bytes(number, &v4.octets()),
            IpAddr::V6(v6) => self.bytes(number, &v6.octets()),
        }
    }

    /// Appends attributes inside an attribute.
    pub fn nest(&mut self, number: u16, inner: &Attributes) -> &mut Self {
        let mut value = vec![0; inner.buffer_len()];
        inner.emit(&mut value);
        self.0.push(Attribute {
            number: number | netlink_packet_core::NLA_F_NESTED,
            value,
        });
        self
    }

    /// All values, whatever their number: a list's members.
    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|a| a.value.as_slice())
    }

    /// All values of the attributes with this number.
    pub fn all(&self, number: u16) -> impl Iterator<Item = &[u8]> {
        self.0
            .iter()
            .filter(move |a| a.number & netlink_packet_core::NLA_TYPE_MASK == number)
            .map(|a| a.value.as_slice())
    }

    /// The value of the attribute with this number. The last one counts, as it does in the kernel.
    pub fn get(&self, number: u16) -> Option<&[u8]> {
        self.all(number).last()
    }

    /// A value of exactly `N` bytes.
    pub fn array<const N: usize>(&self, number: u16) -> Result<Option<[u8; N]>, DecodeError> {
        self.get(number)
            .map(|value| {
                value.try_into().map_err(|_| {
                    DecodeError::from(format!(
                        "attribute {number} has {} bytes where {N} are due",
                        value.len()
                    ))
                })
            })
            .transpose()
    }

    /// Text, with or without its closing NUL.
    pub fn get_text(&self, number: u16) -> Result<Option<String>, DecodeError> {
        self.get(number)
            .map(|value| {
                let text = value.split(|byte| *byte == 0).next().unwrap_or_default();
                Ok(String::from_utf8(text.to_vec())?)
            })
            .transpose()
    }

    /// A number of 8 bits.
    pub fn get_u8(&self, number: u16) -> Result<Option<u8>, DecodeError> {
        Ok(self.array::<1>(number)?.map(|[byte]| byte))
    }

    /// A number of 32 bits.
    pub fn get_u32(&self, number: u16) -> Result<Option<u32>, DecodeError> {
        Ok(self.array(number)?.map(u32::from_ne_bytes))
    }

    /// A number of 64 bits.
    pub fn get_u64(&self, number: u16) -> Result<Option<u64>, DecodeError> {
        Ok(self.array(number)?.map(u64::from_ne_bytes))
    }

    /// A member of an enumeration.
    pub fn get_enum<T>(&self, number: u16) -> Result<Option<T>, DecodeError>
    where
        T: TryFrom<u32, Error = crate::Unknown>,
    {
        self.get_u32(number)?
            .map(|value| {
                T::try_from(value)
                    .map_err(|e| DecodeError::from(format!("attribute {number}: {value} is {e}")))
            })
            .transpose()
    }

    /// An address.
    pub fn get_address(&self, number: u16) -> Result<Option<IpAddr>, DecodeError> {
        match self.get(number).map(<[u8]>::len) {
            None => Ok(None),
            Some(4) => Ok(self.array::<4>(number)?.map(IpAddr::from)),
            Some(_) => Ok(self.array::<16>(number)?.map(IpAddr::from)),
        }
    }
}

impl Emitable for Attributes {
    fn buffer_len(&self) -> usize {
        self.0.as_slice().buffer_len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        self.0.as_slice().emit(buffer);
    }
}

/// An attribute that is always there, by the specification.
pub(crate) fn due<T>(value: Option<T>, what: crate::spec::Attr) -> Result<T, DecodeError> {
    value.ok_or_else(|| DecodeError::from(format!("the kernel left out attribute {what}")))
}

/// A number that is always there.
pub(crate) fn u32_of(a: &Attributes, what: crate::spec::Attr) -> Result<u32, DecodeError> {
    due(a.get_u32(what.number())?, what)
}

/// A flag, which is not set where it is absent.
pub(crate) fn is_set(a: &Attributes, what: crate::spec::Attr) -> Result<bool, DecodeError> {
    Ok(a.get_u8(what.number())?.is_some_and(|flag| flag != 0))
}
