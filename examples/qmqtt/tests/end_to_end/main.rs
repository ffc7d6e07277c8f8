//! `qmqtt` against mosquitto, over the simulated modem on a pseudo-terminal.
//!
//! Without mosquitto on the computer, these tests are skipped with a notice; with
//! `QUECTEL_MQTT_REQUIRE_MOSQUITTO=1` they fail instead.

mod at;
mod lines;
mod lost;
mod modem;
mod mosquitto;
mod network;
mod payloads;
mod process;
mod publish_forms;
mod refusals;
mod signals;
mod stored;
mod subscriptions;
mod tls;
mod trace;
