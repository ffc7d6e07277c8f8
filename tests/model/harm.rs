//! What goes wrong, done to the simulated modem and the server.

use std::time::Duration;

use embassy_time::Timer;
use quectel_modem_sim::{
    Behaviour, Chunk, VirtualPort,
    local::{LocalServer, PacketKind},
};

use crate::plan::Fault;

pub(crate) async fn harm(fault: Fault, port: &VirtualPort, server: &LocalServer) {
    let behave = |change: &dyn Fn(&mut Behaviour)| {
        port.with_modem(|modem, _| change(modem.behaviour_mut()));
    };
    match fault {
        Fault::LinkLoss => server.drop_links(),
        Fault::Restart(milliseconds) => port.with_modem(|modem, now| {
            modem.behaviour_mut().boot_time = Duration::from_millis(milliseconds);
            modem.restart(now);
        }),
        Fault::PdpLoss => port.with_modem(|modem, now| modem.lose_pdp(now, 1)),
        Fault::Noise(byte) => {
            // Between lines, and no prompt: see the soak for why there can't be more.
            let noise =
                [byte, b'~', 0xFF, b'"', b'\r', byte.wrapping_add(7)].map(|byte| match byte {
                    b'>' => b'<',
                    byte => byte,
                });
            port.with_modem(|modem, _| modem.inject_bytes(&noise));
        }
        Fault::IgnoreCommands(count) => behave(&|it| it.ignore_commands = count),
        Fault::LoseAnswers(count) => behave(&|it| it.lose_answers = count),
        Fault::LateAnswer(milliseconds) => {
            behave(&|it| it.late_answer = Some(Duration::from_millis(milliseconds)));
        }
        Fault::DropPrompt => behave(&|it| it.drop_prompts = 1),
        Fault::Chunks(most) => behave(&|it| it.chunk = Chunk::Random(most)),
        Fault::Withhold(kind, count) => server.withhold(KINDS[usize::from(kind)], count),
        Fault::Repeat => server.repeat_unacknowledged(),
        Fault::Latency(milliseconds) => server.set_latency(Duration::from_millis(milliseconds)),
        Fault::Pause(milliseconds) => {
            server.pause();
            Timer::after_millis(milliseconds).await;
            server.resume();
        }
        Fault::Refuse => server.refuse_connections(Some(3)),
        Fault::KeepEcho => behave(&|it| it.keep_echo = true),
        Fault::ResultBeforeOk => behave(&|it| it.result_before_ok = true),
    }
}

/// Packets that can be lost.
pub(crate) const KINDS: [PacketKind; 4] = [
    PacketKind::PubAck,
    PacketKind::PubRec,
    PacketKind::PubComp,
    PacketKind::SubAck,
];
