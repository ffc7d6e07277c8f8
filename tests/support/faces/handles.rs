use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::Duration as Millis;
use quectel_mqtt::{
    ClientIndex, Error, Request,
    mqtt::TopicFilter,
    runner::{Client, Ended, Handle, Messages, Notice, Notices, Shared},
};

use super::*;
use crate::support::{
    requests::{Asker, request},
    verbs::{
        Words, context, filters, options, publication, publish_form, sleep_mode, text, tls, topics,
    },
};

/// One task that drives the modem, one for each call, and one for each that listens.
pub(crate) struct Handles {
    handle: Handle<'static, NoopRawMutex>,
    run: Task<String>,
    calls: Vec<(String, Task<Outcome>)>,
    messages: Vec<Messages<'static, NoopRawMutex>>,
    notices: Notices<'static, NoopRawMutex>,
}

type Task<T> = Pin<Box<dyn Future<Output = T>>>;

type Outcome = Result<String, Error<Ended>>;

impl Handles {
    fn poll(&mut self, context: &mut Context<'_>, brought: &mut Brought) {
        if let Poll::Ready(error) = self.run.as_mut().poll(context) {
            panic!("the runner has ended: {error}");
        }
        self.calls.retain_mut(|(verb, call)| {
            let Poll::Ready(outcome) = call.as_mut().poll(context) else {
                return true;
            };
            match outcome {
                Ok(shown) => brought.results.push_back(format!("{verb} {shown}")),
                Err(Error::Failed(failure)) => {
                    brought
                        .results
                        .push_back(format!("{verb} failed: {failure}"));
                }
                Err(error) => brought.refused.push_back(error.to_string()),
            }
            false
        });
        for messages in &mut self.messages {
            let mut memory = vec![0; 8192];
            let next = pin!(messages.next(&mut memory)).poll(context);
            if let Poll::Ready(message) = next {
                let event = Event::Message(message.expect("a message"));
                brought.events.push_back(show_event(&event));
            }
        }
        if let Poll::Ready(notice) = pin!(self.notices.next()).poll(context) {
            brought.events.push_back(match notice {
                Notice::Disconnected { client, status, .. } => {
                    format!("disconnected {} {status}", client.get())
                }
                Notice::MessageLost(lost) => show_event(&Event::MessageLost(lost)),
                Notice::Restarted => "restarted".into(),
                notice => format!("{notice:?}"),
            });
        }
    }

    async fn poll_until(&mut self, other: impl Future, brought: &mut Brought) {
        let mut other = pin!(other);
        poll_fn(|context| {
            self.poll(context, brought);
            other.as_mut().poll(context).map(drop)
        })
        .await;
    }
}

impl Face for Handles {
    const IS_ORDERED: bool = false;

    fn new(dialect: &'static Dialect, port: ScriptedPort, buffers: Buffers<'static>) -> Self {
        let shared = Shared::<NoopRawMutex>::new(dialect, buffers);
        let shared = Box::leak(Box::new(shared));
        let (mut runner, handle) = shared.split(port.clone(), port);
        let all = TopicFilter::new("#").unwrap();
        // `#` does not match what begins with `$`.
        let others = TopicFilter::new("$aws/#").unwrap();
        let wanted = (0..6).map(|index| (index, all)).chain([(0, others)]);
        let messages = wanted.map(|(index, filter)| {
            let client = handle.client(ClientIndex::new(index).unwrap());
            client.messages(filter, vec![0; 16_384].leak()).unwrap()
        });
        Self {
            handle,
            run: Box::pin(async move { format!("{:?}", runner.run().await) }),
            calls: Vec::new(),
            messages: messages.collect(),
            notices: handle.notices(),
        }
    }

    fn call(&mut self, verb: &str, words: &[String], _: &mut Brought) {
        let (name, words) = (verb.to_owned(), words.to_vec());
        let call = call(self.handle, name.clone(), words);
        self.calls.push((name, Box::pin(call)));
    }

    fn abandon(&mut self, verb: &str) {
        let last = self.calls.iter().rposition(|(name, _)| name == verb);
        drop(self.calls.remove(last.expect("a call of this verb")));
    }

    fn settle(&mut self, _: bool, brought: &mut Brought) {
        let turns = turns(TURNS);
        block_on(self.poll_until(turns, brought));
    }

    fn take_event(&mut self) -> Option<String> {
        panic!("events come when they like");
    }

    fn wait(&mut self, time: Duration, _: bool, brought: &mut Brought) {
        block_on(self.poll_until(after(time), brought));
    }

    fn statistics(&self) -> String {
        format!("{:?}", self.handle.statistics())
    }
}

/// Calls a handle's method with words, and shows what it has brought.
async fn call(handle: Handle<'static, NoopRawMutex>, verb: String, words: Vec<String>) -> Outcome {
    let words = Words(&words);
    let index = ClientIndex::new(words.number("client").unwrap_or(0))?;
    let client: Client<'static, NoopRawMutex> = handle.client(index);
    match verb.as_str() {
        "initialize" => handle.initialize().await?,
        "wait_registered" => {
            let timeout = Millis::from_millis(words.number("timeout").unwrap_or(60_000));
            return Ok(text(handle.wait_registered(timeout).await?));
        }
        "activate" => handle.activate(&context(words)?).await?,
        "configure_tls" => {
            let options = Box::leak(Box::new(tls(words)?));
            handle.configure_tls(options).await?;
        }
        "sleep" => handle.sleep(sleep_mode(words)).await?,
        "connect" => client.connect(&options(words)?).await?,
        "subscribe" => {
            let granted = client.subscribe(&topics(words)?).await?;
            return Ok(format!("{:?}", granted.iter().collect::<Vec<_>>()));
        }
        "unsubscribe" => client.unsubscribe(&filters(words)?).await?,
        "publish" => {
            let message = publication(words)?;
            match words.value("form") {
                None => client.publish(&message).await?,
                Some(form) => client.publish_as(&message, publish_form(form)).await?,
            }
        }
        "fetch" => client.fetch(words.number("place")).await?,
        "disconnect" => client.disconnect().await?,
        "close" => client.close().await?,
        "raw" => {
            let command = unescape(words.value("command").unwrap_or(""));
            let command = std::str::from_utf8(&command).unwrap();
            return Ok(escape(handle.raw(command, &mut [0; 1024]).await?));
        }
        "request" => {
            let asked = request(Through(handle), words, index);
            return asked.expect("a request").await;
        }
        verb => panic!("unknown verb {verb}"),
    }
    Ok("ok".into())
}

/// Asks by a handle.
struct Through(Handle<'static, NoopRawMutex>);

impl Asker for Through {
    type Asked = Task<Outcome>;

    fn ask<R: Request + Sync + 'static>(
        self,
        request: R,
        show: impl for<'a> Fn(R::Answer<'a>) -> String + 'static,
    ) -> Self::Asked {
        Box::pin(async move {
            let mut memory = [0; 1024];
            Ok(show(self.0.request(&request, &mut memory).await?))
        })
    }
}
