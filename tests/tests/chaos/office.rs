//! Everybody beside the payers who works in the books while things are killed.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tests::{Suite, import, village};
use tokio::task::JoinHandle;

use crate::{
    HOUSEHOLDS,
    billing::{Billed, Biller},
    officer::{Deeds, Officer},
};

/// So many bill at once, so that there is a run to be cut off while others rest.
const BILLERS: usize = 3;
/// Disputed plots in each village: none is billed, but a run has several portions to go through.
const DISPUTED: usize = 100;

/// Whether the office is open.
#[derive(Clone, Default)]
pub struct Open(Arc<AtomicBool>);

impl Open {
    pub fn now(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

pub struct Office {
    open: Open,
    officer: JoinHandle<Deeds>,
    billers: Vec<JoinHandle<Billed>>,
}

impl Office {
    pub async fn start(suite: &Suite) -> Self {
        dispute(suite).await;
        let open = Open::default();
        let (channel, token) = (suite.service("homestead").channel(), suite.token(&["*"], ""));
        let officer = Officer {
            channel: channel.clone(),
            token: token.clone(),
        };
        let billers = (0..BILLERS).map(|first| {
            let biller = Biller {
                channel: channel.clone(),
                token: token.clone(),
                first,
                step: BILLERS,
            };
            tokio::spawn(biller.work(open.clone()))
        });
        Self {
            billers: billers.collect(),
            officer: tokio::spawn(officer.work(open.clone())),
            open,
        }
    }

    /// Lets everybody finish what is in hand, and answers what was acknowledged.
    pub async fn close(self) -> (Deeds, Billed) {
        self.open.0.store(true, Ordering::Relaxed);
        let mut billed = Billed::new();
        for biller in self.billers {
            billed.append(&mut biller.await.expect("a biller"));
        }
        (self.officer.await.expect("an officer"), billed)
    }
}

async fn dispute(suite: &Suite) {
    let mut people = String::from("household_id,village_code,head_name,low_income\n");
    let mut plots = String::from(
        "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed,cadre_id\n",
    );
    for n in 0..HOUSEHOLDS * DISPUTED {
        let village = village::village(n % HOUSEHOLDS);
        let id = format!("{village}99{n:05}");
        let _ = writeln!(people, "{id},{village},李{n},0");
        let _ = writeln!(plots, "{id}P1,{id},1,267.00,167,100.00,1999_on,extension,occupied,1,1,");
    }
    for (register, csv) in [("households", people), ("homesteads", plots)] {
        let report = import(
            suite,
            "homestead",
            register,
            village::COUNTY,
            "2024-01-01",
            csv.as_bytes(),
        )
        .await
        .expect("a report");
        assert!(report.applied, "{report:?}");
    }
}
