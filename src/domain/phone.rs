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
            // Côte d'Ivoire since 2021: two digits of the operator before what had eight.
            ("225", 8) => operator_of_ivory_coast(national).map(|operator| format!("{operator}{national}")),
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
            .is_some_and(|(code, plans)| plans.into_iter().filter_map(kind).any(|kind| is_of(kind, &digits[code..])))
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

/// What precedes a mobile number of Côte d'Ivoire that had eight digits: 01 of Moov, 05 of MTN, 07 of Orange. From the
/// numbering plan of the regulator, ARTCI, of 31 January 2021.
fn operator_of_ivory_coast(national: &str) -> Option<&'static str> {
    let mut digits = national.bytes();
    match (digits.next()?, digits.next()?) {
        // Landlines.
        (b'2' | b'3', _) => None,
        (_, b'0'..=b'3') => Some("01"),
        (_, b'4'..=b'6') => Some("05"),
        _ => Some("07"),
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
    // Brackets and marks around it, as it was copied.
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let is_number = |text: &str, more: &[char]| {
        text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || more.contains(&c))
    };
    if let Some((number, exponent)) = text.split_once(['e', 'E']) {
        let exponent = exponent.trim_start_matches(['+', '-']);
        return is_number(number.trim(), &['.', ',', '+']) && is_number(exponent, &[]);
    }
    let Some((number, decimals)) = text.rsplit_once(['.', ',']) else { return false };
    let decimals: String = decimals.chars().filter(|c| !is_separator(*c)).collect();
    let number = number.trim_end_matches(is_separator);
    let group = number.len() - number.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let is_zero = decimals.chars().all(|c| c == '0');
    // "06.12.34.56.00" is a way to write a number: what stands before the zeros follows a point as well.
    let in_groups = || matches!(group, 2 | 3) && number[..number.len() - group].trim_end().ends_with('.');
    match decimals.len() {
        1 => is_zero || (is_number(&decimals, &[]) && !text.contains(',')),
        2 => is_number(&decimals, &[]) && (group >= 5 || (is_zero && !in_groups())),
        // Nobody writes so many digits in one group and then parts off zeros.
        3.. => is_zero && group >= 7,
        0 => false,
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

/// Whether the whole number is of this kind. `is_match` alone is content with its beginning.
fn is_of(kind: &Descriptor, national: &str) -> bool {
    let whole = || kind.national_number().find(national).is_some_and(|found| found.end() == national.len());
    kind.is_match(national) && whole()
}

/// Whether one of the plans has a range for this number, of any kind.
fn is_known(plans: &[&'static Metadata], national: &str) -> bool {
    let of_all = |plan: &&'static Metadata| plan.descriptors().uan();
    let known = |kind: &'static Descriptor| is_of(kind, national);
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
mod tests;
