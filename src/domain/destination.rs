//! Where Vonage takes the texts to a number, as it can be shown to an operator.

/// An address that texts or receipts are taken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Without what may be secret in it.
    pub shown: String,
    pub leads: Leads,
}

/// Whose address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// This installation's own.
    Here,
    /// This installation's host, but not the address it has now: an older path token, or a slip of the pen.
    Beside,
    Elsewhere,
    /// It is not known what this installation's own address is.
    Unknown,
}
