//! What was probably meant.

/// "did you mean …?"; or all that is allowed where nothing comes near.
pub(super) fn suggest<'w>(found: &str, allowed: impl Iterator<Item = &'w str> + Clone) -> String {
    let nearest = allowed
        .clone()
        .map(|word| (strsim::damerau_levenshtein(found, word), word))
        .min()
        .filter(|(distance, word)| *distance <= word.len().div_ceil(3));
    match nearest {
        Some((_, word)) => format!("did you mean `{word}`?"),
        None => {
            let words: Vec<_> = allowed.map(|word| format!("`{word}`")).collect();
            format!("allowed: {}", words.join(", "))
        }
    }
}
