//! Phone numbers: how they are typed, kept and shown, and who an SMS comes from.

use std::fmt;
use std::str::FromStr;

use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, ParseError, Type};
use unicode_normalization::UnicodeNormalization as _;

use super::reading::{ascii_digit, is_invisible};

/// The country whose habits say how a number typed without `+` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region(Id);

/// The text is not a region whose numbers can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a region: expected the two letters of a country, such as GB (not UK), US or DE")]
pub struct UnknownRegion;

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        let id = text.to_ascii_uppercase().parse::<Id>().map_err(|_| UnknownRegion)?;
        // The parser panics over a region that it has no metadata for.
        DATABASE.by_id(id.as_ref()).map(|_| Self(id)).ok_or(UnknownRegion)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

/// A phone number in E.164: `+`, then 7 to 15 digits of which the first is not 0.
///
/// `Debug` prints it masked, and there is no `Display`: showing it in full is always a decision.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// Why something is no number that can be texted. Never holds the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("not a phone number: write it with + and the country code, such as +44 7700 900123")]
    NotANumber,
    #[error("a number without its country: write it with + and the country code")]
    NoRegion,
    #[error("a number of no country: check the digits after the +")]
    UnknownCountry,
    #[error("too short for a phone number: digits are missing")]
    TooShort,
    #[error("too long for a phone number: it has 15 digits at most, with the country code")]
    TooLong,
    #[error("a premium-rate number: such numbers are not texted")]
    Premium,
}

/// A number as an agent typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub number: PhoneNumber,
    /// Not known to be a mobile: a landline, or digits of a shape that the numbering plan does not
    /// list. It may still be right (plans change, and the documentation's own numbers are in none),
    /// so the agent is asked, not refused.
    pub unusual: bool,
}

/// Reads what a person typed or pasted: with blanks, brackets and dashes, with `+`, `00` or the
/// region's own way to dial abroad, or in the national form of `region`.
pub fn read(input: &str, region: Option<Region>) -> Result<Read, PhoneError> {
    let number = PhoneNumber::from_e164(&match (Typed::parse(input, region)?, region) {
        (Typed::International(digits), _) => international(&digits)?,
        (Typed::National(digits), Some(region)) => national(&digits, region)?,
        (Typed::National(_), None) => return Err(PhoneError::NoRegion),
    })?;
    match number.kind() {
        Type::PremiumRate => Err(PhoneError::Premium),
        kind => Ok(Read { number, unusual: !matches!(kind, Type::Mobile | Type::FixedLineOrMobile) }),
    }
}

impl PhoneNumber {
    /// Takes exactly what [`PhoneNumber::e164`] gives.
    pub fn from_e164(text: &str) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix('+').ok_or(PhoneError::NotANumber)?;
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneError::NotANumber);
        }
        match digits.len() {
            0..=6 => Err(PhoneError::TooShort),
            7..=15 => Ok(Self(text.to_owned())),
            _ => Err(PhoneError::TooLong),
        }
    }

    /// With `+` and without blanks: `+447700900123`.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The country code and the last four digits: `+44 ••• 0123`. Only two digits where four would
    /// be most of the number.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = &self.0[1..];
        let code = country(digits).map_or(0, |(length, _)| length);
        let shown = if digits.len() - code >= 8 { 4 } else { 2 };
        format!("+{} ••• {}", &digits[..code], &digits[digits.len() - shown..])
    }

    /// The country whose numbers it is rented among; the largest where several share its code, but for +1 and +7,
    /// where the digits tell. `None` for codes that belong to no country.
    #[must_use]
    pub fn rental_country(&self) -> Option<Region> {
        let (code, largest) = country(&self.0[1..])?;
        let told = || phonenumber::parse(None, &self.0).ok()?.country().id();
        let several = matches!(&self.0[1..=code], "1" | "7");
        let id = if several { told() } else { None };
        id.or_else(|| largest.id().parse().ok()).map(Region)
    }

    /// The country that it belongs to. Where several share a code, and the digits do not tell, the largest of them; `None`
    /// for a code of no country.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        let known = phonenumber::parse(None, &self.0).ok().and_then(|number| number.country().id());
        known.or_else(|| country(&self.0[1..])?.1.id().parse().ok()).map(Region)
    }

    fn kind(&self) -> Type {
        phonenumber::parse(None, &self.0).map_or(Type::Unknown, |number| number.number_type(&DATABASE))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Who an SMS came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    Phone(PhoneNumber),
    /// A short code (`60800`) or a name (`ACME`): agents see it, nobody can answer it.
    Other(String),
}

impl Address {
    /// Reads Vonage's sender: a number's digits without `+`, or a short code or name, of which 15
    /// characters are kept.
    #[must_use]
    pub fn from_sender(sender: &str) -> Self {
        let sender = sender.trim();
        let digits = sender.trim_start_matches('+');
        PhoneNumber::from_e164(&format!("+{digits}")).map_or_else(
            |_| {
                let visible = digits.chars().filter(|&c| !c.is_control() && !is_invisible(c));
                Self::Other(visible.take(15).collect::<String>().trim_matches([' ', '+']).to_owned())
            },
            Self::Phone,
        )
    }

    /// Takes what [`Address::as_stored`] gives. What begins with `+` has to be a number.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        if text.starts_with('+') {
            return PhoneNumber::from_e164(text).ok().map(Self::Phone);
        }
        Some(Self::Other(text.to_owned()))
    }

    /// E.164 for a phone, anything else as it is.
    #[must_use]
    pub fn as_stored(&self) -> &str {
        match self {
            Self::Phone(number) => number.e164(),
            Self::Other(sender) => sender,
        }
    }

    #[must_use]
    pub fn phone(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Phone(number) => Some(number),
            Self::Other(_) => None,
        }
    }

    /// A phone masked; a short code or name, which is nobody's private number, as it is.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(number) => number.masked(),
            Self::Other(sender) => sender.clone(),
        }
    }
}

/// The digits that somebody typed, and whether a country code leads them.
enum Typed {
    International(String),
    National(String),
}

impl Typed {
    fn parse(input: &str, region: Option<Region>) -> Result<Self, PhoneError> {
        let visible: String = input.nfkc().filter(|&c| !is_invisible(c)).map(ascii_digit).collect();
        let text = visible.trim();
        let text = match text.get(..4) {
            Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &text[4..],
            _ => text,
        };

        // "+44 (0)20 …": the zero in brackets is dialled at home only.
        let text = match text.split_once("(0)") {
            Some((code, rest)) if code.contains(|c: char| c.is_ascii_digit()) => format!("{code}{rest}"),
            _ => text.to_owned(),
        };

        let mut plus = false;
        let mut digits = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if !plus && digits.is_empty() => plus = true,
                _ if is_separator(c) => {}
                _ => return Err(PhoneError::NotANumber),
            }
        }
        if digits.is_empty() {
            return Err(PhoneError::NotANumber);
        }
        if plus {
            return Ok(Self::International(digits));
        }
        Ok(match dialled_abroad(&digits, region) {
            Some(rest) => Self::International(rest.to_owned()),
            None => Self::National(digits),
        })
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '/' | '(' | ')' | '[' | ']' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// What follows the region's prefix for calls abroad (`011` in the US), or the common `00`.
fn dialled_abroad(digits: &str, region: Option<Region>) -> Option<&str> {
    region
        .and_then(|region| DATABASE.by_id(region.0.as_ref()))
        .and_then(|metadata| metadata.international_prefix())
        .and_then(|prefix| prefix.find(digits))
        .filter(|found| found.start() == 0)
        .map(|found| &digits[found.end()..])
        .or_else(|| digits.strip_prefix("00"))
}

/// The length of the country code that leads these digits, and what is known of the country, the largest where several
/// share the code. No code is the beginning of another.
fn country(digits: &str) -> Option<(usize, &'static Metadata)> {
    (1..=3).find_map(|length| {
        let code: u16 = digits.get(..length)?.parse().ok()?;
        DATABASE.by_code(&code)?.first().map(|metadata| (length, *metadata))
    })
}

/// Digits that a country code leads need no rewriting, and get none: the parser takes a leading 8 off Russian numbers.
/// Only the trunk zero goes, which people write and nobody dials from abroad.
fn international(digits: &str) -> Result<String, PhoneError> {
    let (code, country) = country(digits).ok_or(PhoneError::UnknownCountry)?;
    let (code, national) = digits.split_at(code);
    let trunk_zero = national.strip_prefix('0').filter(|_| country.national_prefix() == Some("0"));
    Ok(format!("+{code}{}", trunk_zero.unwrap_or(national)))
}

fn national(digits: &str, region: Region) -> Result<String, PhoneError> {
    let number = phonenumber::parse(Some(region.0), digits).map_err(|error| match error {
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneError::TooShort,
        ParseError::TooLong => PhoneError::TooLong,
        _ => PhoneError::NotANumber,
    })?;
    Ok(format!("+{}{}", number.code().value(), number.national()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn typed(input: &str, region: &str) -> Result<(String, bool), PhoneError> {
        let region = (!region.is_empty()).then(|| region.parse().unwrap());
        super::read(input, region).map(|read| (read.number.0, read.unusual))
    }

    #[test]
    fn what_people_type() {
        for (input, region, number) in [
            ("+447911123456", "", "+447911123456"),
            (" +44 7911 123-456 ", "US", "+447911123456"),
            ("(+44) 7911.123.456", "", "+447911123456"),
            ("+44 (0)7911 123456", "", "+447911123456"),
            ("+4407911123456", "", "+447911123456"),
            ("0044 (0) 7911 123456", "", "+447911123456"),
            ("07911 123456", "GB", "+447911123456"),
            ("(0)7911 123456", "GB", "+447911123456"),
            ("07911/123456", "GB", "+447911123456"),
            ("447911123456", "GB", "+447911123456"),
            ("tel:+44-7911-123456", "", "+447911123456"),
            ("TEL:07911123456", "GB", "+447911123456"),
            ("\u{202A}+44 7911 123456\u{202C}", "", "+447911123456"),
            ("＋４４ ７９１１ １２３４５６", "", "+447911123456"),
            ("+٤٤٧٩١١١٢٣٤٥٦", "", "+447911123456"),
            ("+44\u{2011}7911\u{00A0}123\u{2013}456", "", "+447911123456"),
            ("(415) 555-2671", "US", "+14155552671"),
            ("011 49 1512 3456789", "US", "+4915123456789"),
            ("00 49 1512 3456789", "US", "+4915123456789"),
            ("8 916 123-45-67", "RU", "+79161234567"),
            ("+39 312 345 6789", "GB", "+393123456789"),
        ] {
            assert_eq!(typed(input, region), Ok((number.to_owned(), false)), "{input}");
        }
    }

    #[test]
    fn the_country_whose_numbers_it_is_rented_among() {
        let country =
            |number| PhoneNumber::from_e164(number).unwrap().rental_country().map(|region| region.to_string());
        for (number, expected) in [
            ("+447911123456", Some("GB")),
            // Guernsey's range, which Britain's numbers are rented with.
            ("+447781123456", Some("GB")),
            // Of the documentation, and in no numbering plan.
            ("+447700900000", Some("GB")),
            ("+14155552671", Some("US")),
            ("+16045550123", Some("CA")),
            ("+79161234567", Some("RU")),
            ("+61491570006", Some("AU")),
            ("+80012345678", None),
            ("+2101234567", None),
        ] {
            assert_eq!(country(number).as_deref(), expected, "{number}");
        }
    }

    #[test]
    fn unusual_but_not_refused() {
        for (input, region, number) in [
            ("07700 900123", "GB", "+447700900123"),
            ("+44 (0)7700 900123", "", "+447700900123"),
            ("020 7946 0018", "GB", "+442079460018"),
            ("+39 06 1234 5678", "GB", "+390612345678"),
            ("+7 812 345 67 89", "GB", "+78123456789"),
        ] {
            assert_eq!(typed(input, region), Ok((number.to_owned(), true)), "{input}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (input, region, error) in [
            ("", "GB", PhoneError::NotANumber),
            ("hello", "GB", PhoneError::NotANumber),
            ("+", "GB", PhoneError::NotANumber),
            ("07911 123456 ext 5", "GB", PhoneError::NotANumber),
            ("0800-PIZZA", "GB", PhoneError::NotANumber),
            ("07911 123456, 07911 123457", "GB", PhoneError::NotANumber),
            ("+44 +44 7911 123456", "GB", PhoneError::NotANumber),
            ("44+7911123456", "GB", PhoneError::NotANumber),
            ("07911123456", "", PhoneError::NoRegion),
            ("+999 7911 123456", "", PhoneError::UnknownCountry),
            ("999", "GB", PhoneError::TooShort),
            ("+44 79", "", PhoneError::TooShort),
            ("+44 7911 123456 789012", "", PhoneError::TooLong),
            ("09098 790000", "GB", PhoneError::Premium),
            ("+1 900 234 5678", "", PhoneError::Premium),
        ] {
            assert_eq!(typed(input, region), Err(error), "{input}");
        }
    }

    #[test]
    fn masked_everywhere() {
        let number = PhoneNumber::from_e164("+447700900123").unwrap();
        assert_eq!(number.masked(), "+44 ••• 0123");
        assert_eq!(format!("{number:?}"), "+44 ••• 0123");
        assert_eq!(format!("{:?}", Address::Phone(number)), "Phone(+44 ••• 0123)");
        assert_eq!(PhoneNumber::from_e164("+2904123").unwrap().masked(), "+290 ••• 23");
    }

    #[test]
    fn regions() {
        assert_eq!("gb".parse::<Region>().unwrap().to_string(), "GB");
        for text in ["UK", "", "GBR", "44", "Ü"] {
            assert_eq!(text.parse::<Region>(), Err(UnknownRegion), "{text}");
        }
    }

    #[test]
    fn senders() {
        assert_eq!(Address::from_sender("447700900123").as_stored(), "+447700900123");
        assert_eq!(Address::from_sender("+447700900123").as_stored(), "+447700900123");
        for (sender, kept) in [
            ("60800", "60800"),
            (" ACME ", "ACME"),
            ("A\u{0}C\nM\u{202E}E", "ACME"),
            ("0123456789", "0123456789"),
            ("+ ACME", "ACME"),
            ("1234567890123456", "123456789012345"),
        ] {
            let address = Address::from_sender(sender);
            assert_eq!(address, Address::Other(kept.to_owned()));
            assert_eq!((address.phone(), address.masked()), (None, kept.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*", digits in "[+0-9 ()-]{0,24}") {
            for region in [None, Some("GB"), Some("US"), Some("BR"), Some("IT"), Some("AR")] {
                let region = region.map(|region| region.parse().unwrap());
                for input in [&text, &digits] {
                    if let Ok(read) = read(input, region) {
                        prop_assert_eq!(PhoneNumber::from_e164(read.number.e164()), Ok(read.number));
                    }
                }
            }
        }

        #[test]
        fn international_digits_are_kept(digits in "[1-9][0-9]{9,14}") {
            let typed = format!("+{digits}");
            if let Ok(read) = read(&typed, Some("GB".parse().unwrap())) {
                let trunk_zero = read.number.e164().len() + 1 == typed.len();
                prop_assert!(read.number.e164() == typed || trunk_zero);
            }
        }

        #[test]
        fn addresses_survive_storage(sender in "[+]{0,2}\\PC{0,20}", digits in "[0-9]{3,17}") {
            for sender in [sender, digits] {
                let address = Address::from_sender(&sender);
                prop_assert_eq!(Address::from_stored(address.as_stored()), Some(address));
            }
        }

        #[test]
        fn a_mask_hides_the_middle(digits in "[1-9][0-9]{6,14}") {
            let masked = PhoneNumber::from_e164(&format!("+{digits}")).unwrap().masked();
            let shown = masked.chars().filter(char::is_ascii_digit).count();
            prop_assert!(shown <= 7 && shown + 2 <= digits.len(), "{}", masked);
        }
    }
}
