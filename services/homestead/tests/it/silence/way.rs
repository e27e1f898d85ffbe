//! A way to PostgreSQL on which what the cashier sends, or what it is answered, can stop to arrive.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// What only the cashier says when it connects; the service's other connections set this for each transaction.
const MARK: &[u8] = b"-c statement_timeout=";

/// What does not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Questions,
    Answers,
}

/// What is held up: a side of the connections that were opened before this one.
type Held = Option<(Side, usize)>;

/// The way: connections go through it to the server.
pub struct Way {
    /// As the service is told to reach its database.
    pub url: String,
    held: watch::Sender<Held>,
    stuck: watch::Receiver<usize>,
    opened: Arc<AtomicUsize>,
    connections: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

/// One connection.
struct Road {
    number: usize,
    of_cashier: AtomicBool,
    was_stuck: AtomicBool,
    held: watch::Receiver<Held>,
    stuck: watch::Sender<usize>,
}

impl Way {
    /// A way to the database of `url`.
    pub async fn to(url: &str) -> Self {
        let (head, tail) = url.split_once('@').expect("a user");
        let (server, database) = tail.split_once('/').expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (held, watched) = watch::channel(None);
        let (stuck, told) = watch::channel(0);
        let (opened, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (server, counter, kept) = (server.to_owned(), opened.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("PostgreSQL listens");
                let road = Road {
                    number: counter.fetch_add(1, Ordering::SeqCst),
                    of_cashier: AtomicBool::new(false),
                    was_stuck: AtomicBool::new(false),
                    held: watched.clone(),
                    stuck: stuck.clone(),
                };
                let connection = tokio::spawn(road.walk(client, server));
                kept.lock().expect("nobody panics here").push(connection);
            }
        });
        Self {
            url: format!("{head}@{address}/{database}"),
            held,
            stuck: told,
            opened,
            connections,
        }
    }

    /// From now on `side` of the cashier's open connections does not arrive.
    pub fn swallow(&self, side: Side) {
        self.held.send_replace(Some((side, self.opened.load(Ordering::SeqCst))));
    }

    /// Waits until something did not arrive.
    pub async fn swallowed(&mut self) {
        self.stuck.wait_for(|stuck| *stuck > 0).await.expect("the way is open");
    }

    /// Lets everything arrive that was held up, and waits until the server has done it: its client has left long ago.
    pub async fn let_through(&self) {
        self.held.send_replace(None);
        let mut stuck = self.stuck.clone();
        stuck.wait_for(|stuck| *stuck == 0).await.expect("the way is open");
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        for connection in self.connections.lock().expect("nobody panics here").drain(..) {
            connection.abort();
        }
    }
}

impl Road {
    async fn walk(self, client: TcpStream, server: TcpStream) {
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::join!(
            self.carry(Side::Questions, from_client, to_server),
            self.carry(Side::Answers, from_server, to_client),
        );
        if self.was_stuck.into_inner() {
            self.stuck.send_modify(|stuck| *stuck -= 1);
        }
    }

    async fn carry(&self, side: Side, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            let bytes = &bytes[..length];
            if side == Side::Questions && bytes.windows(MARK.len()).any(|part| part == MARK) {
                self.of_cashier.store(true, Ordering::SeqCst);
            }
            self.pass(side).await;
            if to.write_all(bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    }

    /// Waits as long as this side is held up.
    async fn pass(&self, side: Side) {
        let here = |held: &Held| held.is_some_and(|(of, before)| of == side && self.number < before);
        let mut held = self.held.clone();
        if self.of_cashier.load(Ordering::SeqCst) && here(&held.borrow_and_update()) {
            if !self.was_stuck.swap(true, Ordering::SeqCst) {
                self.stuck.send_modify(|stuck| *stuck += 1);
            }
            let _ = held.wait_for(|held| !here(held)).await;
        }
    }
}
