//! `qmqtt` against mosquitto, over the simulated modem on a pseudo-terminal.
//!
//! Without mosquitto on the computer, these tests are skipped with a notice; with
//! `QUECTEL_MQTT_REQUIRE_MOSQUITTO=1` they fail instead.

mod at;
mod lines;
mod lost;
mod modem;
mod mosquitto;
mod payloads;
mod process;
mod refusals;
mod signals;
mod subscriptions;
mod trace;
