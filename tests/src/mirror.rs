//! A host of one file, whatever is asked for, with the faults that hosts have.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How a host answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it should: from the byte on that is asked for.
    Sound,
    /// The first answer breaks off in the middle; others are sound.
    BreaksOff,
    /// The same, but nothing except whole files is to be had.
    BreaksOffWithoutRanges,
    /// The second half of the first answer takes its time; other answers are sound.
    Slow,
    /// Never with a file, but with this status.
    Status(&'static str),
}

/// A host that serves until the test program ends.
pub struct Mirror {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<usize>>>,
}

impl Mirror {
    /// Serves `file`.
    ///
    /// # Panics
    /// If no port of the loopback address can be had.
    pub fn start(file: Vec<u8>, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port of 127.0.0.1");
        let address = listener.local_addr().expect("a bound socket has an address");
        let asked: Arc<Mutex<Vec<usize>>> = Arc::default();
        let log = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up in the middle is no error of the host.
                answer(stream, &file, manner, &log).ok();
            }
        });
        Self { address, asked }
    }

    /// An address from which the host leads on to the file.
    pub fn url(&self) -> String {
        format!("http://{}/old.tar.gz", self.address)
    }

    /// From which bytes on the file was asked for so far.
    ///
    /// # Panics
    /// Never: no thread panics while it holds the list.
    pub fn asked(&self) -> Vec<usize> {
        self.asked.lock().expect("no thread panics with it").clone()
    }
}

fn answer(
    mut stream: TcpStream,
    file: &[u8],
    manner: Manner,
    log: &Mutex<Vec<usize>>,
) -> std::io::Result<()> {
    let (mut start, mut has_moved) = (0, false);
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        has_moved |= line.starts_with("get /old.tar.gz ");
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().expect("an open range");
        }
    }
    if has_moved {
        let head = "HTTP/1.1 302 Found\r\nLocation: /new.tar.gz\r\nContent-Length: 0\r\n";
        return write!(stream, "{head}Connection: close\r\n\r\n");
    }
    let is_first = {
        let mut log = log.lock().expect("no thread panics with it");
        log.push(start);
        log.len() == 1
    };
    let (status, body) = match manner {
        Manner::Status(status) => (status.to_owned(), &b"no"[..]),
        Manner::BreaksOffWithoutRanges => ("200 OK".to_owned(), file),
        _ if start == 0 => ("200 OK".to_owned(), file),
        _ if start >= file.len() => ("416 Range Not Satisfiable".to_owned(), &b""[..]),
        _ => {
            let (last, total) = (file.len() - 1, file.len());
            let range = format!("Content-Range: bytes {start}-{last}/{total}");
            (format!("206 Partial Content\r\n{range}"), &file[start..])
        }
    };
    let len = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n")?;
    if !is_first || matches!(manner, Manner::Sound | Manner::Status(_)) {
        return stream.write_all(body);
    }
    let (now, later) = body.split_at(len / 2);
    stream.write_all(now)?;
    if manner == Manner::Slow {
        for byte in later {
            stream.write_all(&[*byte])?;
            thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}
