use core::fmt;

/// The caller's memory.
pub struct Buffers<'buf> {
    /// Bytes from the modem until they are understood, 64 at the least. It must hold the longest
    /// line up to its payload: 27 bytes and the longest topic that comes in; and each line of the
    /// answer to a request. 128 bytes serve topics of up to 100; a longer line costs itself
    /// alone. The UART is read into it, so a larger one makes for larger reads. A payload waits here
    /// until it is whole or the buffer is full, so a read may find room for one byte only.
    pub rx: &'buf mut [u8],
    /// What goes to the modem: a command line with its payload, which is copied here. It takes 40
    /// bytes at the least, and
    ///
    /// - for a publish: 40 bytes, topic and payload; twice the payload when it goes out as digits;
    /// - for a connect: 120 bytes, and host, client identifier, user name, password, and topic and
    ///   message of the will; 35 bytes and its three parts for a name at Alibaba Cloud. Until it has
    ///   ended, its lines stay here, and what does not fit beside them is
    ///   [`UsageError::Busy`](crate::UsageError::Busy);
    /// - for a subscribe: 18 bytes, and 5 and the topic filter for each;
    /// - for the activation of a PDP context: 160 bytes, access point name, user name and password;
    /// - for a TLS context: 75 bytes, and the longest name of a file;
    /// - for a request: 1 byte, the command, and its answer, each line with 1 byte more.
    ///
    /// Certificates are not copied.
    pub tx: &'buf mut [u8],
    /// Received messages until they are taken: 12 bytes, topic and payload of each. It must hold
    /// the largest message, or that is lost; with room for more, they may come in a burst. Unknown
    /// lines are kept here too (12 bytes and the line), and dropped when a message needs the room.
    pub inbox: &'buf mut [u8],
}

impl fmt::Debug for Buffers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers")
            .field("rx", &self.rx.len())
            .field("tx", &self.tx.len())
            .field("inbox", &self.inbox.len())
            .finish()
    }
}
