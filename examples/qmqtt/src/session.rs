//! A session with the server, from the opening of the port to the closing of the client.

use std::{
    convert::identity,
    io::{self, Write},
    time::Duration,
};

use qmqtt::{
    port::Port,
    trace::{Trace, Traced},
};
use quectel_mqtt::{
    ClientIndex, ConnectOptions, Dialect, Parameter, PdpContext, Problem, TlsOptions, UsageError,
    ValueError,
    asynch::{self, Error},
    engine::{Buffers, Engine, Event},
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
    context: Option<PdpContext<'a>>,
    tls: Option<&'static TlsOptions<'static>>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Result<Self, Failed> {
        let session = Self {
            connection,
            dialect: connection.dialect(),
            client: connection.client()?,
            options: connection.options()?,
            context: connection.context()?,
            tls: connection.tls.options()?,
        };
        session.rehearse()?;
        Ok(session)
    }

    /// Asks the driver, without a modem: what it refuses is told before the modem hears of it.
    fn rehearse(&self) -> Result<(), Failed> {
        let (mut rx, mut tx, mut inbox) = (vec![0; RX], vec![0; TX], vec![]);
        let mut rehearse =
            |step, verb: &mut dyn FnMut(&mut Engine<'_>) -> Result<(), UsageError>| {
                let buffers = Buffers {
                    rx: &mut rx,
                    tx: &mut tx,
                    inbox: &mut inbox,
                };
                verb(&mut Engine::new(self.dialect, buffers))
                    .map_err(|error| Failed::of(step, Error::Usage(error)))
            };
        if let Some(context) = &self.context {
            rehearse(Step::Network, &mut |it| it.activate(context).map(drop))?;
        }
        if let Some(tls) = self.tls {
            rehearse(Step::Tls, &mut |it| it.configure_tls(tls).map(drop))?;
        }
        let (client, options) = (self.client, &self.options);
        rehearse(Step::Connect, &mut |it| {
            it.connect(client, options).map(drop)
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
            self.connect(&mut modem).await?;
            work(&mut modem).await
        };
        let result = tokio::select! {
            biased;
            () = stop.requested() => None,
            result = work => Some(result),
        };
        while let Some(event) = modem.take_event() {
            warn(&event);
        }
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

impl Session<'_> {
    /// Everything up to the server's consent.
    async fn connect(&self, modem: &mut Modem) -> Result<(), Failed> {
        if !self.connection.no_wait {
            let seconds = self.connection.network_timeout.into();
            let registered = modem.wait_registered(embassy_time::Duration::from_secs(seconds));
            let registered = registered.await;
            registered.map_err(|error| Failed::of(Step::Network, error))?;
        }
        if let Some(context) = &self.context {
            let activated = modem.activate(context).await;
            activated.map_err(|error| Failed::of(Step::Network, error))?;
        }
        if let Some(tls) = self.tls {
            let configured = modem.configure_tls(tls).await;
            configured.map_err(|error| Failed::of(Step::Tls, error))?;
        }
        let connected = modem.client(self.client).connect(&self.options).await;
        connected.map_err(|error| {
            let failed = Failed::of(Step::Connect, error);
            match self.tls {
                Some(_) => failed.with_tls(),
                None => failed,
            }
        })
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
        event => {
            warn(event);
            Ok(())
        }
    }
}

/// Tells what is no reason to end.
pub(crate) fn warn(event: &Event<'_>) {
    let warning = match event {
        Event::OtherModel => "the modem is of another family; is --module the right one?",
        Event::ContextLost { .. } => "the network has taken the data connection back",
        _ => return,
    };
    // Where standard error is closed, nobody wants to know.
    let _ = writeln!(io::stderr(), "warning: {warning}");
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
