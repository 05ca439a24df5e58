//! Two nodes over one server: what is revoked on the one is refused on the other, in the time that is promised, and never
//! let in because the server cannot be asked.

use std::thread::sleep;
use std::time::{Duration, Instant};

use countersign_test_servers::{Postgres, Redis, or_skip, redis_is_installed};
use tempfile::TempDir;

use super::cable::Cable;
use super::process::{Process, basic, wait_until};

/// The nodes' `BOUND`.
const BOUND: Duration = Duration::from_secs(2);
/// How often a revocation on the one is timed on the other.
const TIMES: usize = 9;

/// What the two kinds of server have in common.
trait Server {
    fn url(&self, port: u16) -> String;
    fn port(&self) -> u16;
    fn stop(&mut self);
    fn restart(&mut self);
}

impl Server for Postgres {
    fn url(&self, port: u16) -> String {
        format!("postgres://countersign@127.0.0.1:{port}/postgres")
    }

    fn port(&self) -> u16 {
        Self::port(self)
    }

    fn stop(&mut self) {
        Self::stop(self);
    }

    fn restart(&mut self) {
        Self::restart(self);
    }
}

impl Server for Redis {
    fn url(&self, port: u16) -> String {
        format!("redis://127.0.0.1:{port}/")
    }

    fn port(&self) -> u16 {
        Self::port(self)
    }

    fn stop(&mut self) {
        Self::stop(self);
    }

    fn restart(&mut self) {
        Self::restart(self);
    }
}

#[test]
fn two_nodes_over_postgresql() {
    let Some(server) = or_skip("no PostgreSQL", Postgres::start(&[])) else { return };
    Story::begin(server).tell("PostgreSQL");
}

#[test]
fn two_nodes_over_redis() {
    // It keeps what it has acknowledged, as one that holds revocations is to.
    let start = || Redis::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let Some(server) = or_skip("no redis-server", redis_is_installed().then(start)) else { return };
    Story::begin(server).tell("Redis");
}

/// A server, a node beside it, and one at the end of a cable.
struct Story<S> {
    server: S,
    keys: TempDir,
    cable: Cable,
    /// The cable's near end.
    port: u16,
    here: Process,
    there: Process,
}

fn node(store: &str, keys: &TempDir) -> Process {
    let keys = keys.path().to_str().unwrap();
    Process::start(env!("CARGO_BIN_EXE_node"), &["--store", store, "--keys", keys, "--port", "0"])
}

impl Process {
    fn log_in(&self) -> String {
        self.send("POST /tokens", &basic("alice", "wonderland")).bearer()
    }

    fn me(&self, token: &str) -> u16 {
        self.status("GET /me", token)
    }

    fn log_out(&self, token: &str) -> u16 {
        self.status("DELETE /tokens", token)
    }

    /// How long after `revoked` the first refusal had come. No request that is sent after the bound may be let in.
    fn refuses_in_time(&self, token: &str, revoked: Instant) -> Duration {
        loop {
            let sent = revoked.elapsed();
            match self.me(token) {
                401 => return revoked.elapsed(),
                status => assert_eq!(status, 200),
            }
            assert!(sent <= BOUND, "taken {sent:?} after it was revoked");
        }
    }

    /// The server is out of reach since `since`: the tokens are let in until the bound at most, and from then on the node
    /// cannot tell. Gives how many requests were let in.
    fn closes_in_time(&self, tokens: [&str; 2], since: Instant) -> usize {
        let mut allowed_unchecked = 0;
        while since.elapsed() < 2 * BOUND {
            for token in tokens {
                let sent = since.elapsed();
                match self.me(token) {
                    200 => {
                        assert!(sent <= BOUND, "let in {sent:?} after the server was last seen");
                        allowed_unchecked += 1;
                    }
                    status => assert_eq!(status, 503),
                }
            }
        }
        assert_eq!(tokens.map(|token| self.me(token)), [503, 503]);
        allowed_unchecked
    }

    /// The server is back: a good token is let in again by and by, and the revoked one is not at any moment.
    fn comes_back(&self, good: &str, revoked: &str) {
        wait_until("the node is back", || {
            let status = self.me(revoked);
            assert!([401, 503].contains(&status), "{status}");
            self.me(good) == 200
        });
        assert_eq!(self.me(revoked), 401);
    }
}

impl<S: Server> Story<S> {
    fn begin(server: S) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let (cable, port) = Cable::to(server.port());
        let here = node(&server.url(server.port()), &keys);
        let there = node(&server.url(port), &keys);
        Self { server, keys, cable, port, here, there }
    }

    fn tell(mut self, name: &str) {
        self.revocations_are_seen_in_time(name);
        let (good, gone) = self.a_restart_forgets_nothing();
        self.a_cut_cable_opens_no_door(&good, &gone);
        self.a_stopped_server_opens_no_door(&good, &gone);
    }

    fn revocations_are_seen_in_time(&self, name: &str) {
        let mut times: Vec<_> = (0..TIMES)
            .map(|_| {
                let token = self.here.log_in();
                assert_eq!(self.there.me(&token), 200);
                assert_eq!(self.here.log_out(&token), 204);
                let time = self.there.refuses_in_time(&token, Instant::now());
                assert_eq!(self.here.me(&token), 401);
                time
            })
            .collect();
        times.sort();
        println!(
            "{name}: logged out here, refused there: median {:?}, worst {:?}",
            times[TIMES / 2],
            times[TIMES - 1]
        );

        let (one, other) = (self.here.log_in(), self.there.log_in());
        assert_eq!([&one, &other].map(|token| self.there.me(token)), [200, 200]);
        assert_eq!(self.here.status("DELETE /sessions", &one), 204);
        let revoked = Instant::now();
        let times = [&one, &other].map(|token| self.there.refuses_in_time(token, revoked));
        println!("{name}: a subject is revoked here, refused there: {times:?}");
        // A later log-in is another matter, wherever it is made.
        let later = self.there.log_in();
        assert_eq!([&self.here, &self.there].map(|node| node.me(&later)), [200, 200]);
    }

    /// Gives a good token and a revoked one.
    fn a_restart_forgets_nothing(&mut self) -> (String, String) {
        let (good, gone) = (self.here.log_in(), self.there.log_in());
        assert_eq!(self.here.log_out(&gone), 204);
        self.there = node(&self.server.url(self.port), &self.keys);
        assert_eq!([&good, &gone].map(|token| self.there.me(token)), [200, 401]);
        (good, gone)
    }

    fn a_cut_cable_opens_no_door(&self, good: &str, gone: &str) {
        let lost = self.here.log_in();
        // The copy there is up to date, so it may answer for a while.
        sleep(BOUND);
        assert_eq!([good, gone, &lost].map(|token| self.there.me(token)), [200, 401, 200]);
        self.cable.cut();
        let since = Instant::now();
        assert_eq!(self.here.log_out(&lost), 204);
        let recorded = since.elapsed();
        let allowed_unchecked = self.there.closes_in_time([good, &lost], since);
        // Unless this machine was too slow to ask in time.
        assert!(allowed_unchecked > 0 || recorded > BOUND / 4, "the copy answered nothing");
        assert_eq!([good, gone, &lost].map(|token| self.here.me(token)), [200, 401, 401]);
        self.cable.mend();
        self.there.comes_back(good, &lost);
        assert_eq!(self.there.me(gone), 401);
    }

    fn a_stopped_server_opens_no_door(&mut self, good: &str, gone: &str) {
        let kept = self.here.log_in();
        sleep(BOUND);
        self.server.stop();
        let since = Instant::now();
        std::thread::scope(|scope| {
            for node in [&self.here, &self.there] {
                let kept = kept.as_str();
                scope.spawn(move || node.closes_in_time([good, kept], since));
            }
        });
        assert_eq!([&self.here, &self.there].map(|node| node.me(gone)), [503, 503]);
        // What cannot be recorded is not acknowledged.
        assert_eq!(self.here.status("POST /tokens", &basic("alice", "wonderland")), 503);
        self.server.restart();
        for node in [&self.here, &self.there] {
            node.comes_back(good, gone);
            assert_eq!(node.me(&kept), 200);
        }
    }
}
