//! The smallest service that uses everything: a register of words, one operation, a consumer of its own events.

use std::time::Duration;

use kit::{
    db::Tx,
    error::{Error, Result},
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
    inbox::Handler,
    operation::{Job, Work, any},
    service::{Built, Service},
};
use proto::{google::r#type::Date, xiangtu::event::v1::Event};
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!("./tests/it/migrations");

/// The service under test.
pub const WORDS: Service = Service {
    name: "words",
    migrations: &MIGRATIONS,
    build: |_, env| {
        let _: u8 = env.range("XIANGTU_WORDS_LIKED", 1, 0..=9, "a setting of its own");
        Built::new().register(Words).work(Count).consume("words", Heard)
    },
};

struct Words;

#[tonic::async_trait]
impl Register for Words {
    fn name(&self) -> &'static str {
        "words"
    }

    fn permission(&self) -> &'static str {
        "words.write"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::required("division_code", "code of the village"),
            Column::required("word", "any text").unless("词"),
            Column::optional("词", "as word"),
            Column::optional("weight", "0 to 9"),
        ];
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["division_code", "word", "weight"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let weight = row.integer("weight", 0..=9)?.map(|weight: i32| weight.to_string());
        Ok(vec![
            Some(row.division("division_code")?.into_code()),
            Some(row.required(if row.has("word") { "word" } else { "词" })?.to_owned()),
            weight,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let errors = duplicates(tx, "word").await?;
        if !errors.is_empty() {
            return Ok(Outcome {
                errors,
                ..Outcome::default()
            });
        }
        let inserted = sqlx::query(
            "INSERT INTO words (division_code, word, weight) SELECT division_code, word, weight::int FROM staged ON CONFLICT DO NOTHING",
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        tx.emit(
            "words.imported",
            import.division.code(),
            "registers/words",
            &Date {
                year: 2024,
                month: 3,
                day: 4,
            },
        );
        Ok(Outcome {
            inserted,
            ..Outcome::default()
        })
    }
}

struct Count;

#[tonic::async_trait]
impl Work for Count {
    fn kind(&self) -> &'static str {
        "count"
    }

    async fn run(&self, job: Job) -> Result<prost_types::Any> {
        let request: Date = job.request()?;
        for day in 1..=request.day {
            if job.cancelled() {
                return Err(Error::cancelled());
            }
            job.progress(&Date { day, ..request }).await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(any(&request))
    }
}

struct Heard;

#[tonic::async_trait]
impl Handler for Heard {
    fn name(&self) -> &'static str {
        "heard"
    }

    fn types(&self) -> &'static [&'static str] {
        &["words.imported", "words.bad"]
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<()> {
        if event.r#type == "words.bad" {
            return Err(Error::rule("BAD_WORD", "words", "refused", "拒绝"));
        }
        sqlx::query("INSERT INTO heard (event_id, traceparent) VALUES ($1, $2)")
            .bind(&event.event_id)
            .bind(&event.traceparent)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}
