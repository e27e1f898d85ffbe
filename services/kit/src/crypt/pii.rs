//! A value that cannot be printed by accident.

use zeroize::Zeroize;

/// Personal data. Has no `Debug`, `Display` or `Serialize`, and is wiped when dropped.
pub struct Pii<T: Zeroize>(T);

impl<T: Zeroize> Pii<T> {
    /// Takes a value in.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, at the place that may see it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Pii<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
