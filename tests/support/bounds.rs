//! What the tests of bounds share.

use quectel_mqtt::{
    ClientIndex, ConnectOptions, Dialect, Instant, Parameter, Problem, ValueError,
    engine::{Action, Engine},
};

use super::obliging::{Obliging, engine};

/// More bytes, or topics, than the limit.
pub(crate) fn too_long(parameter: Parameter, length: usize, limit: usize) -> ValueError {
    ValueError {
        parameter,
        problem: Problem::TooLong {
            length: length as u32,
            limit: limit as u32,
        },
    }
}

/// Nothing where something must be.
pub(crate) fn empty(parameter: Parameter) -> ValueError {
    ValueError {
        parameter,
        problem: Problem::Empty,
    }
}

/// A number outside of its range.
pub(crate) fn out_of_range(parameter: Parameter, value: u32, min: u32, max: u32) -> ValueError {
    ValueError {
        parameter,
        problem: Problem::OutOfRange { value, min, max },
    }
}

/// The engine has nothing to send.
pub(crate) fn assert_nothing_sent(engine: &mut Engine<'_>) {
    let action = engine.poll(Instant::from_millis(0));
    let Action::Receive { .. } = action else {
        panic!("{action:?}");
    };
    assert!(engine.transmit_buffer().is_empty());
}

/// An engine whose client 0 is connected with these options.
pub(crate) fn connected(
    dialect: &'static Dialect,
    options: &ConnectOptions<'_>,
) -> Engine<'static> {
    let mut engine = engine(dialect);
    let connect = engine.connect(ClientIndex::ZERO, options).unwrap();
    let mut modem = Obliging::default();
    modem.run(&mut engine, connect, false).unwrap();
    engine
}
