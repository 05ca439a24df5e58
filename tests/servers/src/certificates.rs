//! Certificates for servers that speak TLS: an authority of a test's own, and a server's certificate from it.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Folder, as_nobody};

/// The files, made by the program `openssl`. They go when the value does.
#[derive(Debug)]
pub struct Certificates {
    folder: Folder,
}

impl Certificates {
    /// Makes an authority, and a certificate of it for `127.0.0.1`. `None` where `openssl` is not installed.
    ///
    /// # Panics
    /// If `openssl` fails.
    #[must_use]
    pub fn new() -> Option<Self> {
        Command::new("openssl").arg("version").stdout(Stdio::null()).status().ok()?;
        let folder = Folder::new();
        let request = "req -x509 -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        let authority = "-keyout ca.key -out ca.pem -subj /CN=test-authority";
        let server = "-keyout server.key -out server.pem -subj /CN=test-server -CA ca.pem -CAkey ca.key \
                      -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
        for more in [authority, server] {
            let mut command = Command::new("openssl");
            let arguments = request.split(' ').chain(more.split_ascii_whitespace());
            command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
            // The server's user owns the key, which PostgreSQL demands.
            let output = as_nobody(&mut command, folder.path()).output().expect("openssl");
            assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
        }
        Some(Self { folder })
    }

    /// The authority's certificate, for clients.
    #[must_use]
    pub fn authority(&self) -> String {
        path(self.folder.path(), "ca.pem")
    }

    /// The server's certificate.
    #[must_use]
    pub fn server(&self) -> String {
        path(self.folder.path(), "server.pem")
    }

    /// The server's private key, which only the server's user can read.
    #[must_use]
    pub fn server_key(&self) -> String {
        path(self.folder.path(), "server.key")
    }
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("a folder with a plain name").to_owned()
}
