//! `qmqtt pub`.

use quectel_mqtt::{ClientIndex, Parameter, PublishForm, mqtt::Publication};

use crate::{
    cli::{Connection, Pub},
    failure::{Failed, Step},
    input::{Input, Lines},
    session::{Modem, Session, check, check_length},
    stop::Stop,
};

pub(crate) async fn run(
    connection: &Connection,
    arguments: &Pub,
    stop: &mut Stop,
) -> Result<u8, Failed> {
    let session = Session::new(connection)?;
    let publisher = Publisher {
        arguments,
        client: session.client,
        limit: connection.payload_limit(arguments.form()).into(),
        form: arguments.form(),
    };
    // All that can be wrong is found before the modem hears of it.
    publisher.publication(b"")?;
    let topic_limit = session.dialect.topic_limit;
    check_length(
        Step::Publish,
        Parameter::TopicName,
        &arguments.topic,
        topic_limit,
    )?;
    match Input::new(&arguments.payload, publisher.limit)? {
        Input::One(payload) => {
            let work = async |modem: &mut Modem| publisher.publish(modem, &payload).await;
            session.run(stop, work).await?;
        }
        Input::Lines => {
            let work = async |modem: &mut Modem| publisher.publish_lines(modem).await;
            session.run(stop, work).await?;
        }
    }
    Ok(0)
}

struct Publisher<'a> {
    arguments: &'a Pub,
    client: ClientIndex,
    limit: usize,
    form: PublishForm,
}

impl Publisher<'_> {
    fn publication<'a>(&'a self, payload: &'a [u8]) -> Result<Publication<'a>, Failed> {
        let publication = Publication::new(&self.arguments.topic, payload)
            .map_err(|error| Failed::value(Step::Publish, error))?;
        Ok(publication
            .qos(self.arguments.qos())
            .retain(self.arguments.retain()))
    }

    async fn publish(&self, modem: &mut Modem, payload: &[u8]) -> Result<u8, Failed> {
        let publication = self.publication(payload)?;
        let mut client = modem.client(self.client);
        let published = client.publish_as(&publication, self.form).await;
        published.map_err(|error| Failed::of(Step::Publish, error))?;
        Ok(0)
    }

    async fn publish_lines(&self, modem: &mut Modem) -> Result<u8, Failed> {
        let failed = |error| Failed::at(Step::Publish, format_args!("standard input: {error}"));
        let mut lines = Lines::of_stdin(self.limit).map_err(failed)?;
        loop {
            let line = tokio::select! {
                biased;
                // First: a lost connection is told by its cause, not by the next publish.
                event = modem.next_event() => {
                    let event = event.map_err(|error| Failed::of(Step::Publish, error))?;
                    check(Step::Publish, self.client, &event)?;
                    continue;
                }
                line = lines.next() => line,
            };
            let Some(line) = line else {
                return Ok(0);
            };
            let payload = line.map_err(failed)?.within(self.limit)?;
            self.publish(modem, &payload).await?;
        }
    }
}
