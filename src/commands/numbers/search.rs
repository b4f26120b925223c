//! `threadline numbers search`

use clap::{Args, ValueEnum};

use super::{Counter, country, describe_offered};
use crate::domain::phone::{Address, Region};
use crate::vonage::numbers::Search;
use crate::wording::numbers as wording;

#[derive(Args)]
pub struct Options {
    /// The country, in two letters, like GB
    #[arg(long, value_parser = country)]
    country: Region,
    /// What the number begins with, country code included, like 4477
    #[arg(long, value_parser = pattern)]
    pattern: Option<String>,
    /// Only numbers of this type
    #[arg(long = "type")]
    kind: Option<Kind>,
    /// What the number can do; several with commas, like SMS,VOICE
    #[arg(long, value_delimiter = ',', default_value = "SMS", ignore_case = true)]
    features: Vec<Feature>,
    /// How many to show at most
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
    limit: u8,
}

/// The types of numbers. Source: the Numbers API's description.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Landline,
    MobileLvn,
    LandlineTollFree,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Feature {
    Sms,
    Mms,
    Voice,
}

pub(super) async fn run(counter: &Counter, options: Options) -> anyhow::Result<()> {
    let Options { country, pattern, kind, features, limit } = options;
    let search = Search {
        country,
        begins_with: pattern,
        kind: kind.map(Kind::as_str),
        features: Some(together(&features)),
        limit,
    };
    let (offered, count) = counter.vonage.search(&search).await.map_err(|error| counter.failed(error))?;
    if offered.is_empty() {
        println!("{}", wording::none_offered(&country.to_string()));
        return Ok(());
    }
    let numbers: Vec<_> = offered.iter().map(|offered| Address::Phone(offered.number.clone())).collect();
    let rows: Vec<_> = offered
        .iter()
        .zip(&numbers)
        .map(|(offered, number)| (describe_offered(offered, number), offered.cost))
        .collect();
    print!("{}", wording::offered(&rows));
    println!("\n{}", wording::how_many_offered(offered.len(), count));
    Ok(())
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Landline => "landline",
            Self::MobileLvn => "mobile-lvn",
            Self::LandlineTollFree => "landline-toll-free",
        }
    }
}

/// The features in the one order that Vonage takes. Source: the Numbers API's description.
fn together(features: &[Feature]) -> &'static str {
    let has = |feature| features.contains(&feature);
    match (has(Feature::Sms), has(Feature::Mms), has(Feature::Voice)) {
        (true | false, false, false) => "SMS",
        (true, true, false) => "SMS,MMS",
        (true, false, true) => "SMS,VOICE",
        (true, true, true) => "SMS,MMS,VOICE",
        (false, true, false) => "MMS",
        (false, false, true) => "VOICE",
        (false, true, true) => "VOICE,MMS",
    }
}

fn pattern(text: &str) -> Result<String, &'static str> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain = !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { Ok(digits.to_owned()) } else { Err("must be digits, beginning with the country code, like 4477") }
}
