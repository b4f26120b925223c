//! The numbers that can be rented: a made-up stock, all of them from the ranges that are kept free for fiction.

/// A number to be had.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) country: &'static str,
    pub(super) msisdn: String,
    pub(super) kind: &'static str,
    pub(super) features: &'static [&'static str],
    /// A month's rent, in millionths of a euro.
    pub(super) cost: u64,
    /// Only in the dashboard, since its country wants to know an address.
    pub(super) needs_address: bool,
}

struct Range {
    country: &'static str,
    first: u64,
    count: u64,
    kind: &'static str,
    features: &'static [&'static str],
    cost: u64,
    needs_address: bool,
}

const RANGES: &[Range] = &[
    range("GB", 447_700_900_900, 40, "mobile-lvn", &["SMS", "VOICE"], 1_250_000),
    range("GB", 442_079_460_900, 5, "landline", &["VOICE"], 980_000),
    range("GB", 448_081_570_900, 5, "landline-toll-free", &["VOICE"], 2_000_000),
    range("US", 12_015_550_100, 20, "mobile-lvn", &["SMS", "VOICE", "MMS"], 900_000),
    range("US", 18_005_550_150, 5, "landline-toll-free", &["SMS", "VOICE"], 1_500_000),
    range("CA", 16_045_550_100, 10, "mobile-lvn", &["SMS", "VOICE"], 900_000),
    range("AU", 61_255_501_000, 5, "landline", &["VOICE"], 2_100_000),
    range("AU", 61_491_579_212, 1, "mobile-lvn", &["SMS", "VOICE"], 6_000_000),
    range("AU", 61_491_579_455, 1, "mobile-lvn", &["SMS", "VOICE"], 6_000_000),
    range("AU", 61_491_579_760, 1, "mobile-lvn", &["SMS"], 6_000_000),
    Range { needs_address: true, ..range("DE", 4_917_604_069_000, 10, "mobile-lvn", &["SMS", "VOICE"], 2_000_000) },
];

/// Everything that can be had, by country.
pub(super) fn all() -> Vec<Offer> {
    let offers = |range: &'static Range| {
        (range.first..range.first + range.count).map(|msisdn| Offer {
            country: range.country,
            msisdn: msisdn.to_string(),
            kind: range.kind,
            features: range.features,
            cost: range.cost,
            needs_address: range.needs_address,
        })
    };
    RANGES.iter().flat_map(offers).collect()
}

/// The country of a number, as far as the prefixes that this world needs go; `GB` of any other.
pub(super) fn country_of(msisdn: &str) -> &'static str {
    let prefixes = [("1", "US"), ("33", "FR"), ("34", "ES"), ("44", "GB"), ("49", "DE"), ("61", "AU")];
    let known = prefixes.iter().find(|(prefix, _)| msisdn.starts_with(prefix));
    known.map_or("GB", |(_, country)| country)
}

const fn range(
    country: &'static str,
    first: u64,
    count: u64,
    kind: &'static str,
    features: &'static [&'static str],
    cost: u64,
) -> Range {
    Range { country, first, count, kind, features, cost, needs_address: false }
}
