//! The way from a node to its server, which can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Passes bytes on between whoever connects and a server. A thread for each direction; they end with the streams.
#[derive(Clone)]
pub(crate) struct Cable(Arc<Mutex<Ends>>);

struct Ends {
    is_cut: bool,
    streams: Vec<TcpStream>,
}

impl Cable {
    /// To this port on loopback. The port that leads there comes with it.
    pub(crate) fn to(server: u16) -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cable = Self(Arc::new(Mutex::new(Ends { is_cut: false, streams: Vec::new() })));
        let ends = Arc::clone(&cable.0);
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let mut ends = ends.lock().unwrap();
                // Dropped, it is hung up.
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                if !ends.is_cut {
                    ends.connect(&near.unwrap(), &far);
                }
            }
        });
        (cable, port)
    }

    /// Hangs up on all connections, and on those that are tried from now on.
    pub(crate) fn cut(&self) {
        let mut ends = self.0.lock().unwrap();
        ends.is_cut = true;
        for stream in ends.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn mend(&self) {
        self.0.lock().unwrap().is_cut = false;
    }
}

impl Ends {
    fn connect(&mut self, near: &TcpStream, far: &TcpStream) {
        for (from, to) in [(near, far), (far, near)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            self.streams.push(from.try_clone().unwrap());
            std::thread::spawn(move || pass_on(from, to));
        }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
