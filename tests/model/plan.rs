//! What a case is made of.

use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// The modem and its buffers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) is_bc660k: bool,
    pub(crate) is_stored: bool,
    pub(crate) has_small_inbox: bool,
    pub(crate) seed: u64,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) what: What,
    /// How often the future is polled before it is dropped, if it is.
    pub(crate) polls: Option<usize>,
    /// What goes wrong meanwhile, and after how many milliseconds.
    pub(crate) fault: Option<(u64, Fault)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Initialize,
    Connect,
    Subscribe,
    Unsubscribe,
    /// With this QoS and form, of so many bytes.
    Publish(u8, u8, usize),
    Start(u8, usize),
    Fetch(Option<u8>),
    Disconnect,
    Close,
    Request,
    Raw,
    Register,
    Activate,
    Sleep,
    /// The application waits for events so many milliseconds.
    Listen(u64),
    /// Nobody looks at the modem.
    Nap(u64),
    /// The server publishes so many messages with this QoS.
    Serve(u8, usize),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    LinkLoss,
    Restart(u64),
    PdpLoss,
    Noise(u8),
    IgnoreCommands(u32),
    LoseAnswers(u32),
    LateAnswer(u64),
    DropPrompt,
    Chunks(usize),
    Withhold(u8, u32),
    Repeat,
    Latency(u64),
    Pause(u64),
    Refuse,
    KeepEcho,
    ResultBeforeOk,
}

pub(crate) fn setting() -> impl Strategy<Value = Setting> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<u64>()).prop_map(
        |(is_bc660k, is_stored, has_small_inbox, seed)| Setting {
            is_bc660k,
            is_stored: is_stored && !is_bc660k,
            has_small_inbox,
            seed,
        },
    )
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let polls = prop_oneof![4 => Just(None), 1 => (0..40_usize).prop_map(Some)];
    let fault = prop_oneof![
        2 => Just(None),
        1 => (0..2000_u64, fault()).prop_map(Some),
    ];
    (what(), polls, fault).prop_map(|(what, polls, fault)| Step { what, polls, fault })
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        1 => Just(What::Initialize),
        5 => Just(What::Connect),
        3 => Just(What::Subscribe),
        1 => Just(What::Unsubscribe),
        8 => (0..3_u8, 0..4_u8, 0..300_usize).prop_map(|(qos, form, len)| What::Publish(qos, form, len)),
        6 => (0..3_u8, 0..300_usize).prop_map(|(qos, len)| What::Start(qos, len)),
        1 => prop_oneof![Just(None), (0..5_u8).prop_map(Some)].prop_map(What::Fetch),
        1 => Just(What::Disconnect),
        1 => Just(What::Close),
        1 => Just(What::Request),
        1 => Just(What::Raw),
        1 => Just(What::Register),
        1 => Just(What::Activate),
        1 => Just(What::Sleep),
        4 => (1..5000_u64).prop_map(What::Listen),
        2 => (1..20_000_u64).prop_map(What::Nap),
        6 => (0..3_u8, 1..10_usize).prop_map(|(qos, count)| What::Serve(qos, count)),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        2 => Just(Fault::LinkLoss),
        2 => (0..8000_u64).prop_map(Fault::Restart),
        1 => Just(Fault::PdpLoss),
        1 => any::<u8>().prop_map(Fault::Noise),
        1 => (1..4_u32).prop_map(Fault::IgnoreCommands),
        1 => (1..3_u32).prop_map(Fault::LoseAnswers),
        1 => (100..30_000_u64).prop_map(Fault::LateAnswer),
        1 => Just(Fault::DropPrompt),
        1 => (1..40_usize).prop_map(Fault::Chunks),
        1 => (0..4_u8, 1..4_u32).prop_map(|(kind, count)| Fault::Withhold(kind, count)),
        1 => Just(Fault::Repeat),
        1 => (0..8000_u64).prop_map(Fault::Latency),
        1 => (0..40_000_u64).prop_map(Fault::Pause),
        1 => Just(Fault::Refuse),
        1 => Just(Fault::KeepEcho),
        1 => Just(Fault::ResultBeforeOk),
    ]
}
