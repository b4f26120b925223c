//! The question before anything that costs or changes something.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::bail;
use clap::Args;

use crate::wording::numbers::{DRY_RUN, NOBODY_TO_ASK, NOT_AGREED};

#[derive(Args, Clone, Copy)]
pub(in crate::commands) struct Agreement {
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without a question
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
}

impl Agreement {
    /// Whether to go on; `false` in a dry run, which this says.
    ///
    /// # Errors
    /// Where nobody agrees: only a typed "yes" counts, and only at a terminal.
    pub(in crate::commands) fn given(self, question: &str) -> anyhow::Result<bool> {
        if self.dry_run {
            println!("{DRY_RUN}");
            return Ok(false);
        }
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            bail!(NOBODY_TO_ASK);
        }
        print!("{question}");
        io::stdout().flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if answer.trim() != "yes" {
            bail!(NOT_AGREED);
        }
        Ok(true)
    }
}
