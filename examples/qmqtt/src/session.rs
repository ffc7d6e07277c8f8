//! A session with the server, from the opening of the port to the closing of the client.

use std::{convert::identity, time::Duration};

use qmqtt::{
    port::Port,
    trace::{Trace, Traced},
};
use quectel_mqtt::{
    ClientIndex, ConnectOptions, Dialect, Parameter, Problem, ValueError, asynch,
    engine::{Buffers, Event},
};
use tokio::time::timeout;

use crate::{
    cli::Connection,
    failure::{Failed, Step},
    stop::Stop,
};

pub(crate) type Modem = asynch::Modem<'static, Traced<Port>>;

/// What a session needs to begin. To have it means that all its values can be sent.
pub(crate) struct Session<'a> {
    connection: &'a Connection,
    pub(crate) dialect: &'static Dialect,
    pub(crate) client: ClientIndex,
    options: ConnectOptions<'a>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Result<Self, Failed> {
        Ok(Self {
            connection,
            dialect: connection.dialect()?,
            client: connection.client()?,
            options: connection.options()?,
        })
    }

    /// Connects, works, and leaves modem and server in order, however the work ends. The result
    /// is the status of the program.
    pub(crate) async fn run(
        self,
        stop: &mut Stop,
        work: impl AsyncFnOnce(&mut Modem) -> Result<u8, Failed>,
    ) -> Result<u8, Failed> {
        let password = self.connection.password.as_deref();
        let trace = self.connection.trace.then(|| Trace::to_stderr(password));
        let mut modem = open(self.connection, self.dialect, trace).await?;
        let client = self.client;
        let work = async {
            let connected = modem.client(client).connect(&self.options).await;
            connected.map_err(|error| Failed::of(Step::Connect, error))?;
            work(&mut modem).await
        };
        let result = tokio::select! {
            biased;
            () = stop.requested() => None,
            result = work => Some(result),
        };
        if let Some(Err(failed)) = &result
            && failed.is_line_gone()
        {
            return result.unwrap_or(Ok(0));
        }
        let is_open = match &result {
            Some(Ok(_)) => false,
            Some(Err(failed)) => failed.is_client_open,
            None => true,
        };
        let ended = tokio::select! {
            biased;
            () = stop.requested() => Err(Failed::at(Step::Disconnect, "interrupted")),
            ended = timeout(END_TIMEOUT, end(&mut modem, client, is_open)) => {
                let late = |_| Err(Failed::at(Step::Disconnect, "no end in time"));
                ended.map_or_else(late, identity)
            }
        };
        match result {
            Some(Err(failed)) => Err(failed),
            Some(Ok(status)) => ended.map(|()| status),
            None => ended.map(|()| 0),
        }
    }
}

/// Opens the port and puts the driver on it.
pub(crate) async fn open(
    connection: &Connection,
    dialect: &'static Dialect,
    trace: Option<Trace>,
) -> Result<Modem, Failed> {
    let address = &connection.port;
    let port = address
        .open(connection.baud)
        .await
        .map_err(|error| Failed::new("port", format_args!("{address}: {error}")))?;
    // There is one modem as long as the program runs.
    let buffers = Buffers {
        rx: vec![0; RX].leak(),
        tx: vec![0; TX].leak(),
        inbox: vec![0; INBOX].leak(),
    };
    Ok(Modem::new(dialect, Traced::new(port, trace), buffers))
}

/// The reason to end that an event is, when it is one.
pub(crate) fn check(step: Step, client: ClientIndex, event: &Event<'_>) -> Result<(), Failed> {
    match event {
        Event::Disconnected {
            client: closed,
            status,
            ..
        } if *closed == client => Err(Failed::at(
            step,
            format_args!("the connection is lost: {status}"),
        )),
        Event::Restarted => Err(Failed::new(step.name(), "the modem restarted")),
        _ => Ok(()),
    }
}

/// Refuses a text that the driver would refuse only when the client is connected.
pub(crate) fn check_length(
    step: Step,
    parameter: Parameter,
    text: &str,
    limit: u16,
) -> Result<(), Failed> {
    if text.len() <= usize::from(limit) {
        return Ok(());
    }
    let problem = Problem::TooLong {
        length: text.len().try_into().unwrap_or(u32::MAX),
        limit: limit.into(),
    };
    Err(Failed::value(step, ValueError { parameter, problem }))
}

async fn end(modem: &mut Modem, client: ClientIndex, is_open: bool) -> Result<(), Failed> {
    if modem.engine().is_connected(client) {
        let disconnected = modem.client(client).disconnect().await;
        disconnected.map_err(|error| Failed::of(Step::Disconnect, error))
    } else if is_open {
        let closed = modem.client(client).close().await;
        closed.map_err(|error| Failed::of(Step::Close, error))
    } else {
        Ok(())
    }
}

const RX: usize = 2_048;

/// The largest publish: 4096 bytes with a topic of 255; the largest subscribe and the largest
/// connect are smaller.
const TX: usize = 8_192;

const INBOX: usize = 65_536;

/// For disconnect and close.
const END_TIMEOUT: Duration = Duration::from_secs(10);
