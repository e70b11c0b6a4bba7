// SPDX-License-Identifier: GPL-2.0-only

//! Names of clusters and of interfaces.

use ssi_netlink::spec::NAME_MAX;

/// A cluster's name, by the rules that the kernel has.
pub fn name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || text.len() > NAME_MAX {
        return Err(format!("a cluster's name has 1 to {NAME_MAX} characters"));
    }
    if text.starts_with('.') || !text.chars().all(allowed) {
        return Err(
            "a cluster's name has letters, digits, '.', '-' and '_' only and begins with no dot"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// An interface's name; whether there is one, only the kernel knows.
pub fn device(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains('/') || text.contains(char::is_whitespace) {
        return Err("give an interface's name, as ip link shows it".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "store", "web-1", "x_y.z", "-", "abcdefghijklmno"] {
            assert_eq!(name(good).unwrap(), good);
        }
        for bad in ["", ".a", "a/b", "a b", "é", "abcdefghijklmnop", "a\n"] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn devices() {
        assert!(device("eth0.5").is_ok());
        for bad in ["", "a/b", "a b"] {
            assert!(device(bad).is_err(), "{bad:?}");
        }
    }
}
