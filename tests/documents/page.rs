//! A page of Markdown, taken apart.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// One page of the documentation.
#[derive(Default)]
pub struct Page {
    /// From the repository's root: `docs/setup.md`.
    pub path: PathBuf,
    /// The text as it stands there.
    pub source: String,
    /// What `#` in a link may name.
    pub anchors: BTreeSet<String>,
    /// Destinations of links and pictures.
    pub links: Vec<Found>,
    /// What stands in backticks.
    pub spans: Vec<Found>,
    pub blocks: Vec<Block>,
    /// The rows of all tables, without their heads.
    pub rows: Vec<Row>,
}

/// Something, and its line.
#[derive(Clone)]
pub struct Found {
    pub line: usize,
    pub text: String,
}

/// A fenced block.
#[derive(Clone)]
pub struct Block {
    pub line: usize,
    pub language: String,
    pub text: String,
    /// What a comment directly above it says: `needs: docker`.
    pub marker: Option<String>,
}

/// A row of a table, each cell as it is written.
pub struct Row {
    /// The heading above the table.
    pub heading: String,
    pub cells: Vec<String>,
}

/// README.md and everything in docs/.
pub fn all() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.push("README.md".into());
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

impl Page {
    pub fn read(path: &Path) -> Self {
        let source = std::fs::read_to_string(path).unwrap();
        let mut page = Self { path: path.to_owned(), ..Self::default() };
        page.take_apart(&source);
        page.source = source;
        page
    }

    /// Where something stands, for whoever has to mend it.
    pub fn at(&self, line: usize) -> String {
        format!("{} line {line}", self.path.display())
    }

    fn take_apart(&mut self, source: &str) {
        let line = |range: &Range<usize>| 1 + source[..range.start].matches('\n').count();
        let mut heading = String::new();
        let (mut in_heading, mut in_block, mut in_head) = (false, false, false);
        let mut marker = None;
        for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    (in_heading, heading) = (true, String::new());
                }
                Event::End(TagEnd::Heading(_)) => {
                    in_heading = false;
                    self.anchor(&heading);
                }
                Event::Text(text) if in_heading => heading.push_str(&text),
                Event::Text(text) if in_block => {
                    if let Some(block) = self.blocks.last_mut() {
                        block.text.push_str(&text);
                    }
                }
                Event::Code(text) => {
                    if in_heading {
                        heading.push_str(&text);
                    }
                    self.spans.push(Found { line: line(&range), text: text.into_string() });
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    self.links.push(Found { line: line(&range), text: dest_url.into_string() });
                }
                Event::Html(html) => {
                    let comment = html.trim().strip_prefix("<!--").and_then(|html| html.strip_suffix("-->"));
                    marker = comment.map(|comment| comment.trim().to_owned());
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    let marker = marker.take();
                    let (line, language) = (line(&range), language.into_string());
                    self.blocks.push(Block { line, language, text: String::new(), marker });
                    in_block = true;
                }
                Event::End(TagEnd::CodeBlock) => in_block = false,
                Event::Start(Tag::TableHead) => in_head = true,
                Event::End(TagEnd::TableHead) => in_head = false,
                Event::Start(Tag::TableRow) => {
                    self.rows.push(Row { heading: heading.clone(), cells: Vec::new() });
                }
                Event::Start(Tag::TableCell) if !in_head => {
                    if let Some(row) = self.rows.last_mut() {
                        row.cells.push(source[range].trim_matches(|c| c == '|' || c == ' ').to_owned());
                    }
                }
                Event::Start(Tag::Paragraph | Tag::List(_) | Tag::Table(_)) => marker = None,
                _ => {}
            }
        }
    }

    /// As GitHub names it: in lower case, blanks as hyphens, punctuation dropped, a second one numbered.
    fn anchor(&mut self, heading: &str) {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let plain = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let numbered = (1..).map(|number| format!("{plain}-{number}"));
        let fresh = std::iter::once(plain.clone()).chain(numbered).find(|name| !self.anchors.contains(name));
        self.anchors.extend(fresh);
    }
}
