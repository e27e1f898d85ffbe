//! Says what is going on: bars on a terminal, plain lines elsewhere.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// Where progress is shown.
pub struct Progress {
    bar: ProgressBar,
    terminal: bool,
}

impl Progress {
    /// On standard error.
    pub fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if terminal {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, terminal }
    }

    /// Something begins.
    pub fn begin(&self, what: &str) {
        self.bar.reset_elapsed();
        self.bar.set_message(what.to_owned());
    }

    /// It goes on.
    pub fn note(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// It has ended.
    pub fn end(&self, what: &str, took: Duration, result: &str) {
        let line = format!("✓ {what}（{:.1} 秒）：{result}", took.as_secs_f64());
        if self.terminal {
            self.bar.println(line);
        } else {
            complain(&line);
        }
    }

    /// Nothing more follows.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Writes a line to standard error.
#[expect(clippy::print_stderr, reason = "progress and complaints go beside the results")]
pub fn complain(text: &str) {
    eprintln!("{text}");
}
