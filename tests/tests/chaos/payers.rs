//! People who pay whatever happens: with the same id until it is acknowledged.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use kit::{clock::Clock, id::Ids};
use proto::xiangtu::homestead::v1::{Payment, payment_service_client::PaymentServiceClient};
use tests::{Suite, village, with_token};
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use crate::{HOUSEHOLDS, insist::insist};

const PAYERS: usize = 8;
/// So that a run makes thousands of payments and not hundreds of thousands.
const PAUSE: Duration = Duration::from_millis(40);
/// Every so many-th payment is sent again after it was acknowledged.
const REPEATED: usize = 5;

/// What was acknowledged, by name, and the last failure before it.
#[derive(Default)]
pub struct Book {
    pub acknowledged: BTreeMap<String, Payment>,
    pub last_acknowledged: Option<Instant>,
    pub last_failed: Option<Instant>,
    pub failed: usize,
}

/// People who are paying.
pub struct Payers {
    stop: Arc<AtomicBool>,
    book: Arc<Mutex<Book>>,
    people: Vec<JoinHandle<()>>,
}

impl Payers {
    pub fn start(suite: &Suite) -> Self {
        let (stop, book) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Book>>::default());
        let person = Person {
            channel: suite.service("homestead").channel(),
            token: suite.token(&["*"], ""),
            ids: Ids::random(Clock::system()),
            book: Arc::clone(&book),
        };
        let people = (0..PAYERS).map(|payer| {
            let (person, stop) = (person.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut n = payer;
                while !stop.load(Ordering::Relaxed) {
                    person.pay(n).await;
                    n += PAYERS;
                    tokio::time::sleep(PAUSE).await;
                }
            })
        });
        Self {
            people: people.collect(),
            stop,
            book,
        }
    }

    pub fn look<T>(&self, at: impl FnOnce(&Book) -> T) -> T {
        at(&self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets everybody finish the payment in hand, and answers what was acknowledged.
    pub async fn finish(self) -> Book {
        self.stop.store(true, Ordering::Relaxed);
        for person in self.people {
            person.await.expect("a payer");
        }
        std::mem::take(&mut *self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Clone)]
struct Person {
    channel: Channel,
    token: String,
    ids: Ids,
    book: Arc<Mutex<Book>>,
}

impl Person {
    async fn pay(&self, n: usize) {
        let request_id = self.ids.next().to_string();
        let payment = self.until_acknowledged(n, &request_id).await;
        if n.is_multiple_of(REPEATED) {
            let again = self.until_acknowledged(n, &request_id).await;
            assert_eq!(again, payment, "the same request answers the first result again");
        }
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.last_acknowledged = Some(Instant::now());
        let known = book.acknowledged.insert(payment.name.clone(), payment);
        assert!(
            known.is_none(),
            "two requests were acknowledged as one payment: {known:?}"
        );
    }

    async fn until_acknowledged(&self, n: usize, request_id: &str) -> Payment {
        let call = || async {
            let request = with_token(&self.token, village::payment(n % HOUSEHOLDS, 1, request_id));
            PaymentServiceClient::new(self.channel.clone())
                .record_payment(request)
                .await
        };
        let failed = || {
            let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
            book.last_failed = Some(Instant::now());
            book.failed += 1;
        };
        insist(call, failed).await
    }
}
