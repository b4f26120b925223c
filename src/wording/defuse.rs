//! Customers' texts are hostile until they are defused: here they lose every power over Discord.
//!
//! What Discord would act on is shown instead, letter for letter. Markdown gets a backslash, which
//! Discord swallows, and so does every `<` that could begin a code; what has no escape (links without
//! brackets, invites, `@everyone`) is parted by a zero-width space, so that it reads the same and does
//! nothing. A link can thus not be clicked: whoever wants to follow it has to type it, and looks at it
//! first.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::reading::is_invisible;

/// A text over several lines, for places where Discord reads Markdown. At most `limit` characters
/// (Unicode scalar values, as Discord counts); what is left out is counted in a closing note.
#[must_use]
pub fn defuse(text: &str, limit: usize) -> String {
    let text = visible(text);
    let shown = Shown::new(&text, Style::Markdown);
    shown.cut(limit, |left_out| format!("… (cut, {} characters more)", grouped(left_out)))
}

/// A text on one line, for embed fields and thread names; cut with `…` at `limit` characters.
///
/// Thread names show a backslash as it is, so nothing is escaped: what Markdown would act on is
/// replaced by a character that looks like it.
#[must_use]
pub fn plain_line(text: &str, limit: usize) -> String {
    let text = visible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    Shown::new(&text, Style::Line).cut(limit, |_| "…".to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Markdown,
    Line,
}

/// Parts two characters without being seen.
const GAP: char = '\u{200B}';

/// More combining marks than any script stacks on one letter only serve to paint over other lines.
const MARKS: usize = 5;

/// Lines a text may leave empty in a row.
const EMPTY_LINES: usize = 1;

/// The text that a reader would see: one kind of line end, no control characters, no marks that
/// turn the direction, no towers of accents, no pages of nothing.
fn visible(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut visible = String::with_capacity(text.len());
    let (mut newlines, mut marks) = (0, 0);
    for (at, &c) in chars.iter().enumerate() {
        let c = match c {
            '\r' if chars.get(at + 1) == Some(&'\n') => continue,
            '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => ' ',
            // Between letters of some scripts and within emoji a joiner is spelling.
            '\u{200C}' | '\u{200D}' if is_joining(&chars, at) => c,
            '\n' => c,
            _ if c.is_control() || is_invisible(c) => continue,
            _ => c,
        };
        newlines = if c == '\n' {
            newlines + 1
        } else if c == ' ' {
            newlines
        } else {
            0
        };
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if newlines <= EMPTY_LINES + 1 && marks <= MARKS {
            visible.push(c);
        }
    }
    visible.trim().to_owned()
}

/// Nothing that Discord acts on lies beyond ASCII, so a joiner there cannot hide any of it.
fn is_joining(chars: &[char], at: usize) -> bool {
    let is_beyond_ascii = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !is_invisible(*c));
    is_beyond_ascii(at.checked_sub(1).and_then(|at| chars.get(at))) && is_beyond_ascii(chars.get(at + 1))
}

/// A text as it is written to Discord, by what is one character to the reader: what is never parted.
struct Shown {
    /// With the number of characters of the text that each stands for.
    pieces: Vec<(String, usize)>,
}

impl Shown {
    fn new(text: &str, style: Style) -> Self {
        let mut at = 0;
        let pieces = text.graphemes(true).map(|grapheme| {
            let mut piece = String::new();
            for c in grapheme.chars() {
                write_harmless(&mut piece, c, &text[..at], &text[at + c.len_utf8()..], style);
                at += c.len_utf8();
            }
            (piece, grapheme.chars().count())
        });
        Self { pieces: pieces.collect() }
    }

    fn cut(&self, limit: usize, note: impl Fn(usize) -> String) -> String {
        let length = |text: &str| text.chars().count();
        let total: usize = self.pieces.iter().map(|(piece, _)| length(piece)).sum();
        if total <= limit {
            return self.pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        }
        let mut left_out: usize = self.pieces.iter().map(|(_, characters)| characters).sum();
        // The note only shrinks as more is shown, so its first length is room enough.
        let room = limit.saturating_sub(length(&note(left_out)));
        let mut shown = String::new();
        let mut used = 0;
        for (piece, characters) in &self.pieces {
            used += length(piece);
            if used > room {
                break;
            }
            shown.push_str(piece);
            left_out -= characters;
        }
        shown.push_str(&note(left_out));
        shown.chars().take(limit).collect()
    }
}

/// Writes `c`, which stands between `before` and `after`, so that Discord does nothing about it.
fn write_harmless(to: &mut String, c: char, before: &str, after: &str, style: Style) {
    let active = opens_block(c, before, after) || opens_emoji(c, after);
    let code = opens_code(c, after);
    match style {
        Style::Markdown if active || code || lookalike(c).is_some() => to.extend(['\\', c]),
        Style::Markdown => to.push(c),
        Style::Line if code => to.push('‹'),
        Style::Line => {
            to.push(lookalike(c).unwrap_or(c));
            to.extend(active.then_some(GAP));
        }
    }
    if code || opens_ping(c, after) || opens_link(c, before, after) {
        to.push(GAP);
    }
}

/// What stands for a character that Markdown acts on anywhere in a line.
fn lookalike(c: char) -> Option<char> {
    Some(match c {
        '*' => '∗',
        '_' => '＿',
        '~' => '∼',
        '|' => '∣',
        '`' => 'ˋ',
        '\\' => '∖',
        _ => return None,
    })
}

/// Headings, small print, quotes and lists, which count at the beginning of a line only.
fn opens_block(c: char, before: &str, after: &str) -> bool {
    let line = || before.rsplit('\n').next().unwrap_or(before).trim_start();
    let alone = |text: &str| text.starts_with(char::is_whitespace);
    match c {
        '>' | '#' => alone(after.trim_start_matches(c)) && line().is_empty(),
        '-' => (alone(after) || after.starts_with('#')) && line().is_empty(),
        '+' => alone(after) && line().is_empty(),
        '.' | ')' => alone(after) && !line().is_empty() && line().bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// `:smile:`, which becomes a picture.
fn opens_emoji(c: char, after: &str) -> bool {
    let rest = after.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-'));
    c == ':' && rest.len() < after.len() && rest.starts_with(':')
}

/// What Discord may read as a code: `<@1>`, `<@&1>`, `<#1>`, `<:name:1>`, `<a:name:1>`, `</command:1>`, `<t:1>`,
/// `<id:guide>`, `<https://…>`, and the numbers and addresses that it makes links of: `<+1 (555) 123 4567>`,
/// `<99bottles@example.com>`. More are added from time to time, so it is every bracket that something follows. A parting
/// alone would not do: an address may hold any character but a blank.
fn opens_code(c: char, after: &str) -> bool {
    let is_heart = || {
        let rest = after.strip_prefix('3').filter(|rest| !rest.starts_with(|c: char| !c.is_whitespace()));
        rest.is_some_and(|rest| !rest.contains(['>', '\n']))
    };
    c == '<' && after.starts_with(|c: char| !c.is_whitespace()) && !is_heart()
}

/// `@everyone` and `@here`, which ping wherever they stand.
fn opens_ping(c: char, after: &str) -> bool {
    c == '@' && ["everyone", "here"].iter().any(|word| is_same(after.get(..word.len()), word))
}

/// Addresses with a scheme, masked links, and what is taken for a link without a scheme: web hosts, mail, invites.
fn opens_link(c: char, before: &str, after: &str) -> bool {
    let ends = |word: &str| {
        let (head, last) = word.split_at(word.len() - 1);
        is_same(Some(c.encode_utf8(&mut [0; 4])), last)
            && is_same(before.len().checked_sub(head.len()).and_then(|at| before.get(at..)), head)
    };
    match after.as_bytes() {
        [b'/', b'/', ..] => c == ':',
        [b'(', ..] => c == ']',
        [b':', ..] => ends("mailto") || ends("tel") || ends("sms"),
        [b'.', next, ..] if next.is_ascii_alphanumeric() => ends("www") || ends("discord") || ends("discordapp"),
        _ => false,
    }
}

fn is_same(text: Option<&str>, word: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// `1234` as `1,234`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// With the gap made visible.
    fn shown(text: &str) -> String {
        defuse(text, 2000).replace(GAP, "¦")
    }

    #[test]
    fn ordinary_texts_stay_as_they_are() {
        for text in [
            "I'm at no. 5, see you at 5-6pm :)",
            "Is it #2? I paid 5 + 3 = 8 (€). <3",
            "2.",
            "#2",
            "-5 degrees at 8:30",
            "ana@example.com & bob",
            "Grüße, 你好, שלום, می\u{200C}خواهم",
            "👨\u{200D}👩\u{200D}👧 ❤\u{FE0F}",
            "one\n\ntwo",
            "[sic] (c) 10 > 5 < 6",
        ] {
            assert_eq!(defuse(text, 2000), text);
            assert_eq!(plain_line(text, 2000), text.replace("\n\n", " "));
        }
    }

    #[test]
    fn markdown_is_shown() {
        for (text, expected) in [
            ("*a* __b__ ~~c~~ ||d||", r"\*a\* \_\_b\_\_ \~\~c\~\~ \|\|d\|\|"),
            ("```rs\nx```", "\\`\\`\\`rs\nx\\`\\`\\`"),
            (r"\*", r"\\\*"),
            ("# a\n## b\n  ### c", "\\# a\n\\## b\n  \\### c"),
            ("a # b", "a # b"),
            ("> a\n>>> b", "\\> a\n\\>>> b"),
            ("- a\n-# b\n+ c\n* d", "\\- a\n\\-# b\n\\+ c\n\\* d"),
            ("1. a\n22) b\n3.5", "1\\. a\n22\\) b\n3.5"),
            (":smile: 10:30:45", "\\:smile: 10\\:30:45"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn mentions_and_links_are_parted() {
        for (text, expected) in [
            ("<@1> <@&1> <#1> </a:1> <:a:1> <a:b:1>", r"\<¦@1> \<¦@&1> \<¦#1> \<¦/a:1> \<¦\:a:1> \<¦a\:b:1>"),
            ("<t:1:R> <id:guide>", r"\<¦t\:1:R> \<¦id:guide>"),
            ("@everyone x@Here @Ana", "@¦everyone x@¦Here @Ana"),
            ("https://a.b HTTP://a.b", "https:¦//a.b HTTP:¦//a.b"),
            ("<https://a.b>", r"\<¦https:¦//a.b>"),
            ("<+1 (555) 123 4567> <555>", r"\<¦+1 (555) 123 4567> \<¦555>"),
            ("<99bottles@example.com>\n<_@a.b>", "\\<¦99bottles@example.com>\n\\<¦\\_@a.b>"),
            ("<mailto:a@b.c> <tel:+1> <sms:+1>", r"\<¦mailto¦:a@b.c> \<¦tel¦:+1> \<¦sms¦:+1>"),
            ("[a](<https://b.c>)", r"[a]¦(\<¦https:¦//b.c>)"),
            ("<<@1>> <é@b.c> <3 555 123>", r"\<¦\<¦@1>> \<¦é@b.c> \<¦3 555 123>"),
            ("[a](https://b.c) [d](e)", "[a]¦(https:¦//b.c) [d]¦(e)"),
            ("www.a.b discord.gg/a DiscordApp.com/invite/a", "www¦.a.b discord¦.gg/a DiscordApp¦.com/invite/a"),
            ("mailto:a@b.c sms:+1", "mailto¦:a@b.c sms¦:+1"),
            ("@\u{200B}here <\u{200D}@1>", r"@¦here \<¦@1>"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn what_cannot_be_seen_goes() {
        assert_eq!(defuse("a\u{0}b\u{202E}c\u{7}\td", 99), "abc d");
        assert_eq!(defuse("\r\n a\r\nb\rc\u{2028}d\n", 99), "a\nb\nc\nd");
        assert_eq!(defuse("a\n\n \n\n\nb", 99), "a\n\n b");
        assert_eq!(defuse(&format!("e{}f", "\u{301}".repeat(50)), 99), format!("e{}f", "\u{301}".repeat(MARKS)));
    }

    #[test]
    fn cut_with_a_note() {
        assert_eq!(defuse(&"a".repeat(2000), 2000), "a".repeat(2000));
        let cut = defuse(&"a".repeat(3200), 2000);
        assert_eq!(cut, format!("{}… (cut, 1,230 characters more)", "a".repeat(1970)));
        assert_eq!(cut.chars().count(), 2000);
        // Neither an escape nor an emoji is parted.
        assert_eq!(defuse(&"*".repeat(60), 41), format!("{}… (cut, 53 characters more)", r"\*".repeat(7)));
        let family = "👨\u{200D}👩\u{200D}👧";
        assert_eq!(plain_line(&family.repeat(3), 12), format!("{}…", family.repeat(2)));
        assert_eq!(plain_line("a\nb  c", 4), "a b…");
        assert_eq!(defuse("abc", 0), "");
    }

    #[test]
    fn a_line_has_no_backslashes() {
        assert_eq!(plain_line("*Ana_M* `x`\n# b", 99), "∗Ana＿M∗ ˋxˋ # b");
        assert_eq!(plain_line("# a", 99), "#\u{200B} a");
        assert_eq!(plain_line("1. <@1>", 99), "1.\u{200B} ‹\u{200B}@1>");
        assert_eq!(plain_line("<+1 555 123> <3", 99), "‹\u{200B}+1 555 123> <3");
    }

    /// Whether Discord would still act on something.
    fn is_live(defused: &str) -> bool {
        let lower = defused.to_lowercase();
        let parted = ["://", "](", "@everyone", "@here", "www.a", "mailto:", "tel:", "sms:"];
        let mut escaped = false;
        let marker = defused.char_indices().any(|(at, c)| {
            let after = &defused[at + c.len_utf8()..];
            // Whatever stands between brackets may be a code, though no blank begins one.
            let code = c == '<' && after.contains('>') && !after.starts_with(char::is_whitespace);
            let live = !escaped && (code || matches!(c, '*' | '_' | '~' | '|' | '`'));
            escaped = !escaped && c == '\\';
            live
        });
        let block = defused.lines().any(|line| {
            let line = line.trim_start();
            let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let list = number.len() < line.len() && number.starts_with(". ");
            list || ["> ", ">>> ", "# ", "## ", "### ", "- ", "-# "].iter().any(|b| line.starts_with(b))
        });
        marker || block || lower.contains("discord.g") || parted.iter().any(|live| lower.contains(live))
    }

    proptest! {
        #[test]
        fn nothing_stays_live(
            texts in prop::collection::vec(prop_oneof![
                "\\PC{0,4}", "[-#>*_~|`\\\\ \n.:1a<@/()\\[\\]]{0,8}",
                prop::sample::select(vec!["@everyone", "@here", "<@1>", "<#1>", "</a:1>", "https://", "www.a", "1. ",
                    "](", "discord.gg/a", "mailto:a", "tel:1", "\n# ",
                    "<+1 (555) 123>", "<9a@b.c>", "<", ">", "<3", " ", "\n-# ", "\u{200D}", "\u{202E}", "\u{301}"])
                    .prop_map(str::to_owned),
            ], 0..12),
            limit in 0usize..120,
        ) {
            let text = texts.concat();
            for line in [false, true] {
                let defused = if line { plain_line(&text, limit) } else { defuse(&text, limit) };
                prop_assert!(defused.chars().count() <= limit);
                prop_assert!(!is_live(&defused), "{:?} -> {:?}", text, defused);
                prop_assert!(!line || !defused.contains('\n'));
            }
        }

        #[test]
        fn plain_words_are_unchanged(text in "[a-zA-Z0-9,'?!€é]([a-zA-Z ,'?!€é]{0,80}[a-z])?") {
            prop_assert_eq!(defuse(&text, 2000), text.clone());
            prop_assert_eq!(plain_line(&text, 2000), text.split_whitespace().collect::<Vec<_>>().join(" "));
        }

        #[test]
        fn what_agents_read_is_what_was_sent(text in "[-#>*_~|`\\\\.:a1<@/ ]{0,60}") {
            let read = defuse(&text, 2000).replace(GAP, "");
            let mut unescaped = String::new();
            let mut chars = read.chars();
            while let Some(c) = chars.next() {
                unescaped.extend(if c == '\\' { chars.next() } else { Some(c) });
            }
            prop_assert_eq!(unescaped, text.trim());
        }
    }
}
