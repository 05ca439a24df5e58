//! When the service stops: on Ctrl-C, on SIGTERM, and when its file cannot be written any more, so that
//! whatever supervises it starts it again.

use std::time::Duration;

use countersign::redb::RedbStore;
use tokio::sync::watch;

/// How long requests that are under way may still take.
const DRAIN: Duration = Duration::from_secs(10);

/// The moment at which the service is told to stop.
#[derive(Clone)]
pub(crate) struct Stopped(watch::Receiver<bool>);

/// Watches for it from now on.
pub(crate) fn watch(store: RedbStore) -> std::io::Result<Stopped> {
    let (stop, stopped) = watch::channel(false);
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<Option<()>>();
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
            () = unwritable(store) => {}
        }
        let _ = stop.send(true);
    });
    Ok(Stopped(stopped))
}

async fn unwritable(store: RedbStore) {
    while store.is_writable() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

impl Stopped {
    /// Waits for it.
    pub(crate) async fn wait(mut self) {
        // An error means that the sender is gone, which is a stop too.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    /// Runs `server`, which ends by itself once it is told to stop and has answered what was under way; a
    /// request that is never finished does not hold it up for longer than [`DRAIN`].
    pub(crate) async fn drain(
        self,
        server: impl Future<Output = std::io::Result<()>>,
    ) -> std::io::Result<()> {
        let cut_off = async {
            self.wait().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            result = server => result,
            () = cut_off => Ok(()),
        }
    }
}
