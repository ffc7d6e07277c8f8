//! The table, filled chapter by chapter.

use std::fmt::Debug;

use quectel_mqtt::{BC660K_GL, BG95, Command, Dialect};

use super::row::{
    Call, Form, Options, Outcome, PLAIN, Proof, Row, Start, dialogue_of_connect, is_bc660k, owned,
    settings,
};

/// Where it is written.
#[derive(Clone, Copy)]
pub(crate) enum Note {
    Bg95(&'static str),
    Bc660k(&'static str),
    /// The chapter of the BG95 note, and that of the BC660K note.
    Both(&'static str, &'static str),
    /// A standard, for both.
    Standard(&'static str),
    /// A standard, for one of them.
    StandardOf(&'static Dialect, &'static str),
}

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

/// A chapter of the notes: rows about one command.
pub(crate) struct Chapter<'table> {
    table: &'table mut Table,
    places: Vec<(&'static Dialect, String)>,
    command: Option<Command>,
    is_note_alone: bool,
}

impl Table {
    pub(crate) fn command(&mut self, note: Note, command: Command) -> Chapter<'_> {
        let chapter = self.chapter(note);
        Chapter {
            command: Some(command),
            ..chapter
        }
    }

    pub(crate) fn chapter(&mut self, note: Note) -> Chapter<'_> {
        let bg95 = |chapter| (&BG95, format!("BG95 {chapter}"));
        let bc660k = |chapter| (&BC660K_GL, format!("BC660K {chapter}"));
        let places = match note {
            Note::Bg95(chapter) => vec![bg95(chapter)],
            Note::Bc660k(chapter) => vec![bc660k(chapter)],
            Note::Both(one, other) => vec![bg95(one), bc660k(other)],
            Note::Standard(chapter) => {
                vec![(&BG95, chapter.into()), (&BC660K_GL, chapter.into())]
            }
            Note::StandardOf(dialect, chapter) => vec![(dialect, chapter.into())],
        };
        Chapter {
            table: self,
            places,
            command: None,
            is_note_alone: false,
        }
    }
}

impl Chapter<'_> {
    /// What follows was never seen in a log of a real modem.
    pub(crate) fn note_alone(mut self) -> Self {
        self.is_note_alone = true;
        self
    }

    pub(crate) fn row(
        &mut self,
        proof: Proof,
        start: Start,
        call: Call,
        dialogue: &[(&str, &str)],
        outcome: impl Into<Vec<Outcome>>,
    ) -> &mut Self {
        let outcome = outcome.into();
        self.rows(proof, start, call, &outcome, |_| owned(dialogue))
    }

    /// A form of a request.
    pub(crate) fn asked(
        &mut self,
        form: Form,
        call: Call,
        says: &str,
        answers: &str,
        answer: impl Debug,
    ) -> &mut Self {
        let answer = Outcome::answer(answer);
        self.row(
            Proof::Form(form),
            Start::Ready,
            call,
            &[(says, answers)],
            answer,
        )
    }

    /// A connect: the rows' own lines come behind those of the settings.
    pub(crate) fn connecting(
        &mut self,
        proof: Proof,
        options: Options,
        dialogue: &[(&str, &str)],
        outcome: impl Into<Vec<Outcome>>,
    ) -> &mut Self {
        self.connecting_with(proof, options, outcome, |dialect| {
            [settings(dialect, options), owned(dialogue)].concat()
        })
    }

    /// A connect with this dialogue.
    pub(crate) fn connecting_with(
        &mut self,
        proof: Proof,
        options: Options,
        outcome: impl Into<Vec<Outcome>>,
        dialogue: impl Fn(&Dialect) -> Vec<(String, String)>,
    ) -> &mut Self {
        let (call, outcome) = (Call::connect(options), outcome.into());
        self.rows(proof, Start::Ready, call, &outcome, dialogue)
    }

    /// A connect that begins again, with all settings.
    pub(crate) fn connecting_again(
        &mut self,
        proof: Proof,
        first: &[(&str, &str)],
        again: &[(&str, &str)],
        outcome: impl Into<Vec<Outcome>>,
    ) -> &mut Self {
        self.connecting_with(proof, PLAIN, outcome, |dialect| {
            let settings = settings(dialect, PLAIN);
            [settings.clone(), owned(first), settings, owned(again)].concat()
        })
    }

    /// A setting: a connect that writes these lines, and succeeds.
    pub(crate) fn set(&mut self, options: Options) -> &mut Self {
        let proof = Proof::Form(Form::Write);
        let call = Call::connect(options);
        self.rows(proof, Start::Ready, call, &[Outcome::Done], |dialect| {
            dialogue_of_connect(dialect, options)
        })
    }

    /// The end of the last connection, after which a modem that sleeps may do so again.
    pub(crate) fn closing(
        &mut self,
        proof: Proof,
        call: Call,
        dialogue: &[(&str, &str)],
    ) -> &mut Self {
        let start = Start::Connected(PLAIN);
        self.rows(proof, start, call, &[Outcome::Done], |dialect| {
            let mut lines = owned(dialogue);
            if is_bc660k(dialect) {
                lines.push(("AT+QSCLK=1".into(), "OK".into()));
            }
            lines
        })
    }

    fn rows(
        &mut self,
        proof: Proof,
        start: Start,
        call: Call,
        outcome: &[Outcome],
        dialogue: impl Fn(&Dialect) -> Vec<(String, String)>,
    ) -> &mut Self {
        for (dialect, chapter) in &self.places {
            // A full dialogue of a BC660K-GL was never seen.
            let is_note_alone = self.is_note_alone || is_bc660k(dialect);
            self.table.rows.push(Row {
                dialect,
                chapter: chapter.clone(),
                command: self.command,
                proof,
                is_note_alone,
                start,
                call: call.clone(),
                dialogue: dialogue(dialect),
                outcome: outcome.to_vec(),
            });
        }
        self
    }
}
