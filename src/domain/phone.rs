//! Phone numbers: how they are typed, kept and shown, and who an SMS comes from.

use std::fmt;
use std::str::FromStr;

use phonenumber::country::Id;
use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Metadata, ParseError};
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
    #[error("a number with letters in it: write its digits only")]
    Letters,
    #[error("a number with an extension, which no SMS reaches: leave the extension out")]
    Extension,
    #[error("more than one number: give one at a time")]
    SeveralNumbers,
    #[error(
        "a number as a spreadsheet changed it, with .0 or E+ in it: format the cell as text and copy the number anew"
    )]
    Spreadsheet,
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
/// region's own way to dial abroad, or in the national form of `region`. What is judged is the number
/// that this returns, digit for digit.
///
/// # Errors
/// Where it is no number, more than one, or something beside one, and for premium-rate numbers.
pub fn read(input: &str, region: Option<Region>) -> Result<Read, PhoneError> {
    let text = visible(input)?;
    let number = PhoneNumber::from_e164(&match (Typed::parse(&text, region)?, region) {
        (Typed::International(digits), _) => international(&digits)?,
        (Typed::National(digits), Some(region)) => national(&digits, region)?,
        (Typed::National(_), None) => return Err(PhoneError::NoRegion),
    })?;
    if number.is_premium() {
        return Err(PhoneError::Premium);
    }
    // A slash may stand within a number ("0171/1234567"), so only the length tells.
    if !number.is_possible() && is_several(&text) {
        return Err(PhoneError::SeveralNumbers);
    }
    Ok(Read { unusual: !number.is_mobile(), number })
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

    /// With blanks, as a person reads it: `+61 491 570 006`.
    #[must_use]
    pub fn spaced(&self) -> String {
        let digits = &self.0[1..];
        let (code, national) = digits.split_at(country(digits).map_or(0, |(length, _)| length));
        if code.is_empty() {
            return self.0.clone();
        }
        let mut spaced = format!("+{code}");
        let mut rest = national;
        for groups in (1..=national.len().div_ceil(4)).rev() {
            let (group, others) = rest.split_at(rest.len() / groups);
            spaced.push(' ');
            spaced.push_str(group);
            rest = others;
        }
        spaced
    }

    /// The form by which all spellings of one subscriber's number are one. A spelling may differ from it in a digit that
    /// was dialled before mobiles only, or be from before the country's numbers grew.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let digits = &self.0[1..];
        let Some((length, plans)) = plans(digits) else { return self.clone() };
        let (code, national) = digits.split_at(length);
        let canonical = match (code, national.len()) {
            // Mexico until 2019: 52 1 55 …
            ("52", 11) => national.strip_prefix('1').map(str::to_owned),
            // Argentina: 54 9 11 … is a mobile as the world dials it, 54 11 … as some networks write it.
            ("54", 11) => national.strip_prefix('9').map(str::to_owned),
            // Benin since 2024: 01 before what had eight digits.
            ("229", 8) => Some(format!("01{national}")),
            // Brazil since 2016: a 9 before the eight digits of a mobile.
            ("55", 10) => Some(format!("{}9{}", &national[..2], &national[2..])),
            _ => None,
        };
        let grew = |canonical: &String| canonical.len() > national.len();
        // What has the old length may still be another number of today.
        let is_old = |canonical: &String| !is_known(&plans, national) && is_known(&plans, canonical);
        let canonical = canonical.filter(|canonical| !grew(canonical) || is_old(canonical));
        canonical.map_or_else(|| self.clone(), |national| Self(format!("+{code}{national}")))
    }

    /// Whether its country exists and has numbers of this length, in one of their spellings. Ranges are not asked about:
    /// new ones come up all the time, and those of the documentation are in none.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let fits = |number: &Self| {
            let digits = &number.0[1..];
            plans(digits).is_some_and(|(code, plans)| fits(&plans, digits.len() - code))
        };
        fits(self) || fits(&self.canonical())
    }

    /// Whether an SMS can come from it, so that it is no short code.
    fn is_sender(&self) -> bool {
        let digits = &self.0[1..];
        if digits.len() > LONGEST_SHORT_CODE {
            return self.is_possible();
        }
        // Some countries have landlines that are as short as a short code, but few mobiles.
        plans(digits).is_some_and(|(code, plans)| {
            let mut mobiles = plans.iter().filter_map(|plan| plan.descriptors().mobile());
            mobiles.any(|mobile| has_length(mobile, digits.len() - code))
        })
    }

    fn is_mobile(&self) -> bool {
        let is = |number: &Self| number.matches(|plan| plan.descriptors().mobile());
        let canonical = self.canonical();
        // An old number, which has since grown, is none that is in use.
        is(self) || (canonical.0.len() < self.0.len() && is(&canonical))
    }

    fn is_premium(&self) -> bool {
        self.matches(|plan| plan.descriptors().premium_rate())
    }

    fn matches(&self, kind: impl Fn(&'static Metadata) -> Option<&'static Descriptor>) -> bool {
        let digits = &self.0[1..];
        plans(digits)
            .is_some_and(|(code, plans)| plans.into_iter().filter_map(kind).any(|kind| kind.is_match(&digits[code..])))
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
    /// A short code (`60800`, `7878787`) or a name (`ACME`): agents see it, nobody can answer it.
    Other(String),
}

impl Address {
    /// Reads Vonage's sender: a number's digits without `+`, or a short code or name, of which 15
    /// characters are kept. Digits are a number's if their country exists and has numbers of this length.
    #[must_use]
    pub fn from_sender(sender: &str) -> Self {
        let sender = sender.trim();
        let digits = sender.trim_start_matches('+');
        let number = PhoneNumber::from_e164(&format!("+{digits}")).ok().filter(PhoneNumber::is_sender);
        number.map_or_else(
            || {
                let visible = digits.chars().filter(|&c| !c.is_control() && !is_invisible(c));
                Self::Other(visible.take(15).collect::<String>().trim_matches([' ', '+']).to_owned())
            },
            Self::Phone,
        )
    }

    /// Reads a number that Vonage rents out: whoever rents it knows that it is one, whatever its length.
    #[must_use]
    pub fn of_rented(msisdn: &str) -> Self {
        let number = PhoneNumber::from_e164(&format!("+{}", msisdn.trim().trim_start_matches('+')));
        number.map_or_else(|_| Self::from_sender(msisdn), Self::Phone)
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

    /// The form by which all spellings of a phone's number are one; anything else as it is.
    #[must_use]
    pub fn canonical(&self) -> Self {
        match self {
            Self::Phone(number) => Self::Phone(number.canonical()),
            Self::Other(sender) => Self::Other(sender.clone()),
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
    fn parse(text: &str, region: Option<Region>) -> Result<Self, PhoneError> {
        let text = match text.get(..4) {
            Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &text[4..],
            _ => text,
        };
        if is_of_a_spreadsheet(text) {
            return Err(PhoneError::Spreadsheet);
        }
        let mut plus = false;
        let mut digits = String::new();
        for (at, c) in text.char_indices() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if !plus && digits.is_empty() => plus = true,
                _ if is_separator(c) => {}
                _ => return Err(beside_a_number(digits.len(), &text[at..])),
            }
        }
        if digits.is_empty() {
            return Err(PhoneError::NotANumber);
        }
        if plus {
            // "+0049 …" says it twice.
            let abroad = digits.strip_prefix("00").map(str::to_owned);
            return Ok(Self::International(abroad.unwrap_or(digits)));
        }
        Ok(match dialled_abroad(&digits, region) {
            Some(rest) => Self::International(rest.to_owned()),
            None => Self::National(digits),
        })
    }
}

/// The text in plain characters, without those that nobody sees.
///
/// # Errors
/// Where a character is a number and no digit, such as `²` or `½`: it would pass for one.
fn visible(input: &str) -> Result<String, PhoneError> {
    let is_digit = |c: char| c.nfkc().all(|c| ascii_digit(c).is_ascii_digit()) && !matches!(c, '²' | '³' | '¹');
    let is_small = |c: char| matches!(c, '\u{2070}'..='\u{209F}' | '\u{2460}'..='\u{24FF}');
    if input.chars().any(|c| c.is_numeric() && (!is_digit(c) || is_small(c))) {
        return Err(PhoneError::NotANumber);
    }
    let visible: String = input.nfkc().filter(|&c| !is_invisible(c)).map(ascii_digit).collect();
    Ok(visible.trim().to_owned())
}

/// A cell's number as a spreadsheet writes it: `491711234567.0`, `4.91711E+12`.
fn is_of_a_spreadsheet(text: &str) -> bool {
    let is_number = |text: &str, more: &[char]| {
        text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || more.contains(&c))
    };
    if let Some((number, exponent)) = text.split_once(['e', 'E']) {
        let exponent = exponent.trim_start_matches(['+', '-']);
        return is_number(number.trim(), &['.', ',', '+']) && is_number(exponent, &[]);
    }
    let Some((number, decimals)) = text.rsplit_once(['.', ',']) else { return false };
    let last = |number: &str| number.len() - number.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    match decimals.len() {
        1 => decimals == "0" || (is_number(decimals, &[]) && !text.contains(',')),
        // "06.12.34.56.00" is a way to write a number.
        2 => is_number(decimals, &[]) && last(number) >= 5,
        _ => false,
    }
}

/// Why what follows so many digits makes it no number: letters, an extension, or one more number.
fn beside_a_number(digits_before: usize, rest: &str) -> PhoneError {
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    let ends_so = rest.trim_end_matches([')', ']']).ends_with(|c: char| c.is_ascii_digit());
    match digits {
        1..=6 if digits_before >= 5 && ends_so => PhoneError::Extension,
        7.. if digits_before >= 5 => PhoneError::SeveralNumbers,
        _ if digits_before + digits > 0 && rest.contains(char::is_alphabetic) => PhoneError::Letters,
        _ => PhoneError::NotANumber,
    }
}

/// Whether a slash may part two numbers.
fn is_several(text: &str) -> bool {
    let is_long = |part: &str| part.chars().filter(char::is_ascii_digit).count() >= 6;
    text.split_once('/').is_some_and(|(one, other)| is_long(one) && is_long(other))
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

/// The longest short codes have seven digits.
const LONGEST_SHORT_CODE: usize = 7;

/// The length of the country code that leads these digits, and the numbering plans of the countries that share it, the
/// largest first. No code is the beginning of another.
fn plans(digits: &str) -> Option<(usize, Vec<&'static Metadata>)> {
    if digits.starts_with('0') {
        return None;
    }
    (1..=3).find_map(|length| {
        let code: u16 = digits.get(..length)?.parse().ok()?;
        DATABASE.by_code(&code).map(|plans| (length, plans))
    })
}

/// The same, of the largest country only.
fn country(digits: &str) -> Option<(usize, &'static Metadata)> {
    let (length, plans) = plans(digits)?;
    plans.first().map(|plan| (length, *plan))
}

/// The kinds of numbers that belong to somebody who may have a phone.
fn kinds(plan: &'static Metadata) -> impl Iterator<Item = &'static Descriptor> {
    let all = plan.descriptors();
    let kinds = [all.mobile(), all.fixed_line(), all.voip(), all.toll_free(), all.personal_number(), all.pager()];
    kinds.into_iter().flatten()
}

fn has_length(kind: &Descriptor, length: usize) -> bool {
    kind.possible_length().iter().any(|possible| usize::from(*possible) == length)
}

/// Whether numbers in one of the plans have so many digits after the country code.
fn fits(plans: &[&'static Metadata], length: usize) -> bool {
    plans.iter().flat_map(|plan| kinds(plan)).any(|kind| has_length(kind, length))
}

/// Whether one of the plans has a range for this number, of any kind.
fn is_known(plans: &[&'static Metadata], national: &str) -> bool {
    let of_all = |plan: &&'static Metadata| plan.descriptors().uan();
    let known = |kind: &'static Descriptor| kind.is_match(national);
    plans.iter().flat_map(|plan| kinds(plan)).any(known) || plans.iter().filter_map(of_all).any(known)
}

/// Digits that a country code leads need no rewriting, and get none: the parser takes a leading 8 off Russian numbers.
/// Only the trunk prefix goes, which people write and nobody dials from abroad: a zero always, any other where the number is
/// too long with it.
fn international(digits: &str) -> Result<String, PhoneError> {
    let (code, plans) = plans(digits).ok_or(PhoneError::UnknownCountry)?;
    let (code, written) = digits.split_at(code);
    let trunk = plans.first().and_then(|plan| plan.national_prefix()).unwrap_or_default();
    let without = written.strip_prefix(trunk).unwrap_or(written);
    let is_trunk = trunk == "0" || (!fits(&plans, written.len()) && fits(&plans, without.len()));
    Ok(format!("+{code}{}", if is_trunk { without } else { written }))
}

/// Where the parser's reading has no possible length, and the digits are a mobile's as they stand or without the trunk
/// prefix, they are that: of some numbers the parser takes a carrier's code off, or the country's.
fn national(digits: &str, region: Region) -> Result<String, PhoneError> {
    let number = phonenumber::parse(Some(region.0), digits).map_err(|error| match error {
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneError::TooShort,
        ParseError::TooLong => PhoneError::TooLong,
        _ => PhoneError::NotANumber,
    })?;
    let parsed = format!("+{}{}", number.code().value(), number.national());
    if PhoneNumber::from_e164(&parsed).is_ok_and(|number| number.is_possible()) {
        return Ok(parsed);
    }
    let plan = DATABASE.by_id(region.0.as_ref());
    let trunk = plan.and_then(Metadata::national_prefix).and_then(|prefix| digits.strip_prefix(prefix));
    let code = plan.map_or(0, Metadata::country_code);
    let as_typed = [Some(digits), trunk].into_iter().flatten().map(|national| format!("+{code}{national}"));
    let is_mobile = |number: &String| PhoneNumber::from_e164(number).is_ok_and(|number| number.is_mobile());
    Ok(as_typed.into_iter().find(is_mobile).unwrap_or(parsed))
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
            ("+0044 7911 123456", "US", "+447911123456"),
            ("+7 8 916 123-45-67", "GB", "+79161234567"),
            ("+1 1 415 555 2671", "GB", "+14155552671"),
            ("+36 06 20 123 4567", "GB", "+36201234567"),
            ("+49\u{A0}(0)171\u{202F}1234567\u{202C}", "GB", "+491711234567"),
            ("\u{2066}0049 [0] 171 1234567\u{2069}", "GB", "+491711234567"),
            ("0171/1234567", "DE", "+491711234567"),
            ("06.12.34.56.00", "FR", "+33612345600"),
            ("+33.6.12.34.56.78", "", "+33612345678"),
            ("+225 07 07 12 34 56", "", "+2250707123456"),
            ("0707123456", "CI", "+2250707123456"),
            ("+242 06 612 3456", "", "+242066123456"),
            ("01 95 12 34 56", "BJ", "+2290195123456"),
            ("+52 55 1234 5678", "", "+525512345678"),
            ("+52 1 55 1234 5678", "", "+5215512345678"),
            ("+54 9 11 2345 6789", "", "+5491123456789"),
            ("011 15 2345 6789", "AR", "+5491123456789"),
            ("𝟎𝟕𝟗𝟏𝟏 123456", "GB", "+447911123456"),
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
            ("0491 570 15", "AU", "+6149157015"),
            // In Italy the zero belongs to the number.
            ("+39 (0)6 1234 5678", "GB", "+390612345678"),
            ("+34 (0)612 345 678", "GB", "+340612345678"),
            ("5551234 5555678", "US", "+155512345555678"),
            // As it was before the numbers grew: whether it still works is for the agent to say.
            ("+229 95 12 34 56", "", "+22995123456"),
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
            ("07911 123456 ext 5", "GB", PhoneError::Extension),
            ("07911 123456 ext. 5", "GB", PhoneError::Extension),
            ("07911 123456x5", "GB", PhoneError::Extension),
            ("07911 123456 #5", "GB", PhoneError::Extension),
            ("07911 123456p123", "GB", PhoneError::Extension),
            ("07911 123456,,5", "GB", PhoneError::Extension),
            ("07911 123456 (ext 12)", "GB", PhoneError::Extension),
            ("tel:+44-7911-123456;ext=5", "GB", PhoneError::Extension),
            ("0800-PIZZA", "GB", PhoneError::Letters),
            ("1-800-FLOWERS", "US", PhoneError::Letters),
            ("+44 7911 123456 (mobile)", "US", PhoneError::Letters),
            ("whatsapp:+447911123456", "US", PhoneError::Letters),
            ("+49 171 1234567.0", "GB", PhoneError::Spreadsheet),
            ("491711234567.00", "DE", PhoneError::Spreadsheet),
            ("491711234567,0", "DE", PhoneError::Spreadsheet),
            ("+49.171.1234567.0", "DE", PhoneError::Spreadsheet),
            ("4,91711E+12", "DE", PhoneError::Spreadsheet),
            ("4.9171e12", "DE", PhoneError::Spreadsheet),
            ("4.91711234567E+11", "DE", PhoneError::Spreadsheet),
            ("07911 123456, 07911 123457", "GB", PhoneError::SeveralNumbers),
            ("07911 123456; 07911 123457", "GB", PhoneError::SeveralNumbers),
            ("07911 123456 or 07911 123457", "GB", PhoneError::SeveralNumbers),
            ("+44 7911 123456 +44 7911 123457", "GB", PhoneError::SeveralNumbers),
            ("555-1234/555-5678", "US", PhoneError::SeveralNumbers),
            ("+44 7911 12345²", "GB", PhoneError::NotANumber),
            ("+44 7911 12345½", "GB", PhoneError::NotANumber),
            ("+44 7911 12345⑥", "GB", PhoneError::NotANumber),
            ("+44 7911 12345₆", "GB", PhoneError::NotANumber),
            ("+0 7911 123456", "GB", PhoneError::UnknownCountry),
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

    /// Each region's plan has an example of each kind of number.
    #[test]
    fn the_example_mobiles_of_all_regions_are_read_as_they_are() {
        let plans = (1..=999).filter_map(|code| DATABASE.by_code(&code)).flatten();
        let mut examples = 0;
        for plan in plans {
            let Some(national) = plan.descriptors().mobile().and_then(Descriptor::example) else { continue };
            let number = format!("+{}{national}", plan.country_code());
            assert_eq!(typed(&number, ""), Ok((number.clone(), false)), "{}", plan.id());
            assert_eq!(Address::from_sender(&number[1..]).as_stored(), number, "{}", plan.id());
            if let Ok(own) = plan.id().parse::<Region>() {
                let at_home = typed(national, &own.to_string());
                assert_eq!(at_home, Ok((number.clone(), false)), "{}", plan.id());
                // In Colombia, a digit after the zero chooses a carrier.
                let trunk = plan.national_prefix().unwrap_or_default();
                let with_trunk = typed(&format!("{trunk}{national}"), &own.to_string());
                let is_asked = with_trunk.as_ref().is_ok_and(|(_, unusual)| *unusual);
                assert!(with_trunk == Ok((number, false)) || is_asked, "{} {with_trunk:?}", plan.id());
            }
            examples += 1;
        }
        assert!(examples > 200, "{examples}");
    }

    #[test]
    fn spellings_of_one_subscriber() {
        let canonical = |number: &str| PhoneNumber::from_e164(number).unwrap().canonical().0;
        for (spelling, expected) in [
            ("+5215512345678", "+525512345678"),
            ("+525512345678", "+525512345678"),
            ("+5491123456789", "+541123456789"),
            ("+541123456789", "+541123456789"),
            ("+22995123456", "+2290195123456"),
            ("+2290195123456", "+2290195123456"),
            // Not every number of eight digits is an old one.
            ("+22985751234", "+22985751234"),
            ("+551181234567", "+5511981234567"),
            ("+5511981234567", "+5511981234567"),
            // A landline.
            ("+551131234567", "+551131234567"),
            ("+61491570006", "+61491570006"),
            ("+15215512345", "+15215512345"),
        ] {
            assert_eq!(canonical(spelling), expected, "{spelling}");
            assert_eq!(canonical(expected), expected, "{spelling}");
        }
    }

    #[test]
    fn spaced_as_people_read() {
        for (number, expected) in [
            ("+6149157015", "+61 4915 7015"),
            ("+61491570006", "+61 491 570 006"),
            ("+447700900123", "+44 770 090 0123"),
            ("+14155552671", "+1 415 555 2671"),
            ("+2904123", "+290 4123"),
            ("+2101234567", "+2101234567"),
        ] {
            assert_eq!(PhoneNumber::from_e164(number).unwrap().spaced(), expected);
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
        // Of the documentation, of two spellings, and the shortest there are.
        for number in [
            "61491570006",
            "12025550123",
            "5215512345678",
            "5491123456789",
            "22995123456",
            "2250707123456",
            "551181234567",
            "18885550123",
            "6907290",
            "29051234",
        ] {
            assert_eq!(Address::from_sender(number).as_stored(), format!("+{number}"));
        }
        for (sender, kept) in [
            ("60800", "60800"),
            (" ACME ", "ACME"),
            ("A\u{0}C\nM\u{202E}E", "ACME"),
            ("0123456789", "0123456789"),
            ("+ ACME", "ACME"),
            ("1234567890123456", "123456789012345"),
            // Short codes, whatever code they seem to begin with.
            ("7878787", "7878787"),
            ("4712345", "4712345"),
            ("4912345", "4912345"),
            ("4312345", "4312345"),
            ("12345678", "12345678"),
            // No country, or not so long a number in it.
            ("99912345678", "99912345678"),
            ("4477009001234", "4477009001234"),
            ("1415555267", "1415555267"),
        ] {
            let address = Address::from_sender(sender);
            assert_eq!(address, Address::Other(kept.to_owned()));
            assert_eq!((address.phone(), address.masked()), (None, kept.to_owned()));
        }
    }

    #[test]
    fn a_rented_number_is_one_whatever_its_length() {
        assert_eq!(Address::of_rented("4477009001234").as_stored(), "+4477009001234");
        assert_eq!(Address::of_rented("60800"), Address::Other("60800".to_owned()));
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
                // But for a trunk prefix after the country code.
                let number = read.number.e164();
                prop_assert!(typed.ends_with(&number[4..]) && typed[..2] == number[..2], "{}", number);
            }
        }

        #[test]
        fn what_is_judged_is_what_is_sent(typed in "[+]?[0-9 ()./-]{6,18}", region in "AU|GB|US|BR|IT|AR|CI") {
            if let Ok(first) = read(&typed, Some(region.parse().unwrap())) {
                let again = read(first.number.e164(), None).map(|read| (read.number, read.unusual));
                // What cannot be a number may still be read in another way: it was asked about.
                if first.number.is_possible() {
                    prop_assert_eq!(again, Ok((first.number, first.unusual)));
                }
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
