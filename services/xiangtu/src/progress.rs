//! Says what is going on: bars on a terminal, plain lines elsewhere.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// Where progress is shown.
pub struct Progress {
    bar: ProgressBar,
    terminal: bool,
    open: ProgressStyle,
    measured: ProgressStyle,
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
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            bar,
            terminal,
            open: style("{spinner} {msg} {elapsed}"),
            measured: style("{spinner} {msg} [{bar:30}] {pos}/{len} {elapsed}"),
        }
    }

    /// Something begins.
    pub fn begin(&self, what: &str) {
        self.bar.set_style(self.open.clone());
        self.bar.reset_elapsed();
        self.bar.set_message(what.to_owned());
    }

    /// It goes on.
    pub fn note(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// So much of all of it is done.
    pub fn part(&self, done: usize, all: usize) {
        let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.bar.set_style(self.measured.clone());
        self.bar.set_length(whole(all));
        self.bar.set_position(whole(done));
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

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Writes a line to standard error.
#[expect(clippy::print_stderr, reason = "progress and complaints go beside the results")]
pub fn complain(text: &str) {
    eprintln!("{text}");
}
