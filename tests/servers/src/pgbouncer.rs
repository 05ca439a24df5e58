//! PgBouncer before a PostgreSQL server, in session mode: each client connection has a server connection of its own for
//! as long as it lasts.

use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::{Folder, Postgres, Process, are_wanted, free_port};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running PgBouncer. It ends when it is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    process: Process,
    folder: Folder,
    port: u16,
}

impl PgBouncer {
    /// Starts a PgBouncer that leads to `server`. `None` where none is installed.
    ///
    /// # Panics
    /// If what is installed does not start.
    #[must_use]
    pub fn start(server: &Postgres) -> Option<Self> {
        let program = program().filter(|_| are_wanted())?;
        let (folder, port) = (Folder::new(), free_port());
        let settings = format!(
            "[databases]\n\
             * = host=127.0.0.1 port={} user={}\n\
             [pgbouncer]\n\
             pool_mode = session\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             max_client_conn = 400\n\
             default_pool_size = 300\n\
             server_login_retry = 0\n",
            server.port(),
            Postgres::USER,
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), settings).expect("a file in its folder");
        let process = Process::start(&program, &["pgbouncer.ini"], folder.path());
        let bouncer = Self { process, folder, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = bouncer.process.has_ended() || began.elapsed() > PATIENCE;
            assert!(!ended, "PgBouncer does not start; its log: {}", bouncer.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(bouncer)
    }

    /// Where and as whom to connect, as `tokio-postgres` and `psql` take it.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!("host=127.0.0.1 port={} user={} dbname=postgres", self.port, Postgres::USER)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// The program: one of `PATH`, or Debian's, which is not in every user's `PATH`.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file())
}
