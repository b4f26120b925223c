//! A TCP connection that several owners hold, so that a server can cut it from outside whoever reads and writes it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The reading and writing end. The connection closes when the last one is dropped.
pub(crate) struct Socket(Arc<TcpStream>);

/// A handle that does not keep the connection open.
#[derive(Clone)]
pub(crate) struct Cut(Weak<TcpStream>);

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(Arc::new(stream))
    }

    pub(crate) fn cut(&self) -> Cut {
        Cut(Arc::downgrade(&self.0))
    }
}

impl Cut {
    /// Whether somebody still holds the connection.
    pub(crate) fn is_open(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Ends the connection for both sides at once; its readers see the end of the stream.
    pub(crate) fn now(&self) {
        if let Some(stream) = self.0.upgrade() {
            // A peer that has gone already makes this fail, and that is what was wanted.
            let _ = SockRef::from(&*stream).shutdown(std::net::Shutdown::Both);
        }
    }

    /// Makes the close of the connection a reset (RST) in place of an orderly end.
    pub(crate) fn reset_on_close(&self) {
        if let Some(stream) = self.0.upgrade() {
            let _ = SockRef::from(&*stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&*self.0).shutdown(std::net::Shutdown::Write))
    }
}
