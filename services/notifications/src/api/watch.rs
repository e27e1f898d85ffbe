//! Watches: streams that tell what is new, with a token to resume by and a heartbeat.

use std::{pin::Pin, time::Duration};

use futures::Stream;
use kit::error::{Error, Result};
use tokio::{sync::mpsc, time::Instant};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};

use crate::wake::{Bell, Looking};

/// Silence after which a message without news is sent.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Messages on their way to a slow reader.
const BUFFER: usize = 64;

/// A stream of answers.
pub type Answers<M> = Pin<Box<dyn Stream<Item = Result<M, Status>> + Send>>;

/// Something that can be watched.
#[tonic::async_trait]
pub trait Watched: Send + Sync + 'static {
    /// One message of the stream.
    type Message: Send + 'static;

    /// What is new since the last look, in order.
    async fn news(&mut self) -> Result<Vec<Self::Message>>;

    /// The message without news.
    fn heartbeat(&self) -> Self::Message;
}

/// Streams what `watched` tells until the reader goes away or the service stops.
pub fn stream<W: Watched>(watched: W, bell: &Bell, stop: CancellationToken) -> Response<Answers<W::Message>> {
    let (sender, receiver) = mpsc::channel(BUFFER);
    let looking = Looking::at(bell);
    tokio::spawn(async move {
        if let Err(error) = follow(watched, looking, &sender, &stop).await {
            let _ = sender.send(Err(error.into())).await;
        }
    });
    Response::new(Box::pin(ReceiverStream::new(receiver)))
}

async fn follow<W: Watched>(
    mut watched: W,
    mut looking: Looking,
    sender: &mpsc::Sender<Result<W::Message, Status>>,
    stop: &CancellationToken,
) -> Result<()> {
    let mut spoke = Instant::now();
    loop {
        let news = watched.news().await?;
        let found = !news.is_empty();
        for message in news {
            if sender.send(Ok(message)).await.is_err() {
                return Ok(());
            }
            spoke = Instant::now();
        }
        if spoke.elapsed() >= HEARTBEAT {
            spoke = Instant::now();
            if sender.send(Ok(watched.heartbeat())).await.is_err() {
                return Ok(());
            }
        }
        tokio::select! {
            going_on = looking.next(found, stop) => {
                if !going_on {
                    return Err(Error::unavailable("this replica", "it is stopping"));
                }
            }
            () = sender.closed() => return Ok(()),
        }
    }
}
