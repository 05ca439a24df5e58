//! A connection of a replica's own, on which the server pushes.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Config, Error, Socket};

type Connecting = Pin<Box<dyn Future<Output = Result<Listener, Error>> + Send>>;

/// Opens connections of one configuration to a server that takes writes; the type of its TLS is erased.
#[derive(Clone)]
pub(crate) struct Connector(Arc<dyn Fn() -> Connecting + Send + Sync>);

/// An open connection. Its task ends with it.
pub(crate) struct Listener {
    pub(crate) client: Client,
    /// Wakes when the server has pushed something, and when the connection has ended.
    pub(crate) pushed: Arc<Notify>,
    _task: JoinSet<()>,
}

impl Connector {
    pub(crate) fn new<T>(mut config: Config, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("countersign replica");
        }
        Self(Arc::new(move || {
            let (config, tls) = (config.clone(), tls.clone());
            Box::pin(async move { listen(&config, tls).await })
        }))
    }

    pub(crate) fn connect(&self) -> Connecting {
        (self.0)()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

async fn listen<T>(config: &Config, tls: T) -> Result<Listener, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect(tls).await?;
    let pushed = Arc::new(Notify::new());
    let wake = Arc::clone(&pushed);
    let mut task = JoinSet::new();
    task.spawn(async move {
        // What fails here fails at the client too, which has somebody to tell.
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                wake.notify_one();
            }
        }
        drop(connection);
        wake.notify_one();
    });
    Ok(Listener { client, pushed, _task: task })
}
