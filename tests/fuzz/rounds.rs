//! One target's rounds: as many inputs as there is time for, and what is printed about them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use super::random::Random;

/// One input, which is printed if its round panics.
pub struct Round<'a> {
    target: &'a str,
    seed: u64,
    input: Vec<u8>,
}

/// How many inputs had which outcome.
pub type Outcomes = BTreeMap<&'static str, usize>;

/// So many are tried on the slowest machine, for tests that want to see every outcome.
const LEAST: usize = 1000;

/// Runs `round` on fresh randomness until the time is over.
pub fn rounds(target: &str, mut round: impl FnMut(&mut Random, &mut Round<'_>) -> &'static str) -> Outcomes {
    let (first, began, length) = (seed(), Instant::now(), length());
    let mut outcomes = Outcomes::new();
    let (mut seed, mut inputs) = (first, 0);
    while inputs < LEAST || began.elapsed() < length {
        let mut this = Round { target, seed, input: Vec::new() };
        *outcomes.entry(round(&mut Random::new(seed), &mut this)).or_default() += 1;
        (seed, inputs) = (seed.wrapping_add(1), inputs + 1);
    }
    let a_second = inputs as f64 / began.elapsed().as_secs_f64();
    say(&format!("fuzz: {target}: {inputs} inputs from seed {first}, {a_second:.0} a second: {outcomes:?}\n"));
    outcomes
}

impl Round<'_> {
    /// What is about to be tried.
    pub fn tries(&mut self, input: impl Into<Vec<u8>>) {
        self.input = input.into();
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let hex: String = self.input.iter().map(|byte| format!("{byte:02x}")).collect();
            let Self { target, seed, .. } = self;
            say(&format!("fuzz: {target}: THREADLINE_FUZZ_SEED={seed} makes this input, in hexadecimal:\n{hex}\n"));
        }
    }
}

fn length() -> Duration {
    let seconds = std::env::var("THREADLINE_FUZZ_SECONDS").map_or(1.0, |seconds| seconds.parse().unwrap());
    Duration::from_secs_f64(seconds)
}

/// Other inputs each time, unless a seed is given.
fn seed() -> u64 {
    std::env::var("THREADLINE_FUZZ_SEED")
        .map_or_else(|_| uuid::Uuid::now_v7().as_u64_pair().1, |seed| seed.parse().unwrap())
}

/// Past the harness, which keeps what passing tests print.
fn say(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
