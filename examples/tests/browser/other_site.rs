//! Another site: a page that makes the browser send requests to the example.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Serves this page to everybody who comes, for as long as the program runs. Returns the port, on loopback.
pub(crate) fn serve(page: &str) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close";
    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            // Browsers open connections ahead, over which nothing comes for a while.
            std::thread::spawn(move || reply(&stream, &answer));
        }
    });
    port
}

/// Answers once the request's head is there, whatever it asks for.
fn reply(mut stream: &TcpStream, answer: &str) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    if lines.any(|line| line.is_empty()) {
        let _ = stream.write_all(answer.as_bytes());
    }
}
